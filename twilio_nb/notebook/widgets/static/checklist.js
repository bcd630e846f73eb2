// What was looked at: a mark and a sentence each, and beside some a button that says what it would change, and asks.

const WORDS = { ok: "In order:", warning: "To do:", problem: "Problem:" };

function render({ model, el }) {
  const status = element("p", { role: "status", tabindex: "-1" });
  const list = element("ul", {});
  let run = null;
  let said = ""; // by the kernel

  const row = (finding, index) => {
    const item = element(
      "li",
      { class: finding.state },
      element("span", { class: "mark", "aria-hidden": "true" }, finding.mark),
      element("div", { class: "finding" }, element("p", {}, element("span", { class: "spoken" }, `${WORDS[finding.state]} `), finding.sentence)),
    );
    if (finding.remedy) {
      const act = () => line.ask("mend", { run, index });
      item.lastChild.append(question({ ...finding.remedy, act, rest: status }));
    }
    return item;
  };

  const show = (what) => {
    const held = list.contains(document.activeElement);
    run = what.run;
    status.textContent = said = what.status;
    list.hidden = !what.findings.length;
    list.classList.toggle("stale", what.busy);
    if (!what.busy) list.replaceChildren(...what.findings.map(row));
    if (held && !list.contains(document.activeElement)) status.focus();
  };
  const line = talk(model, {
    told: (what) => show(what),
    waiting: (late) => {
      status.textContent = late ? "One moment …" : said;
    },
  });
  el.classList.add("twilio-nb", "checklist");
  el.append(status, list);
  const release = keepKeys(el);
  line.ask("now").then(show, () => {});
  return () => {
    release();
    line.close();
  };
}
export default { render };
