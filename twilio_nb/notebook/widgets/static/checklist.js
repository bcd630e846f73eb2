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
    if (finding.remedy) item.lastChild.append(remedy(finding.remedy, index));
    return item;
  };

  const remedy = ({ label, change }, index) => {
    const id = unique("remedy");
    const about = element("p", { id }, change);
    const act = element("button", { type: "button", class: "main", "aria-describedby": id, click: () => mend() }, "Do it");
    const leave = element("button", { type: "button", click: () => turn(false) }, "Cancel");
    const asking = element("div", { class: "asking", role: "group", "aria-label": label, hidden: true }, about, element("div", { class: "buttons" }, act, leave));
    const open = element("button", { type: "button", "aria-expanded": "false", click: () => turn(asking.hidden) }, label);
    const turn = (shown) => {
      asking.hidden = !shown;
      open.setAttribute("aria-expanded", String(shown));
      (shown ? act : open).focus();
    };
    const mend = async () => {
      status.focus(); // a button that is disabled would lose it
      act.disabled = leave.disabled = true;
      about.textContent = "One moment …";
      try {
        await line.ask("mend", { run, index });
      } catch (error) {
        about.textContent = error.message;
        about.className = "error";
        act.disabled = leave.disabled = false;
        act.focus();
      }
    };
    asking.addEventListener("keydown", (event) => {
      if (event.key === "Escape") turn(false);
    });
    return element("div", { class: "remedy" }, open, asking);
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
