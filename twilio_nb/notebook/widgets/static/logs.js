// The log: a row for each entry, which stays as it is while others come above it.

const BEAT = 60_000; // milliseconds between two signs of life

function clock(time) {
  if (!time) return "";
  const how = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return new Date(time).toLocaleString([], how);
}

/** What a handler printed and raised, asked for when it is opened. */
function detailsOf(entry, ask) {
  const shown = element("div", { class: "told", role: "status" });
  const open = async () => {
    if (!node.open || shown.childElementCount) return;
    try {
      const { details } = await ask("more", { request: entry.request });
      const blocks = details.map(({ label, text }) => [
        element("p", { class: "muted" }, label),
        element("pre", {}, written(text)),
      ]);
      shown.replaceChildren(...blocks.flat());
    } catch (error) {
      shown.replaceChildren();
      shown.textContent = error.message;
    }
  };
  const summary = element("summary", { "aria-label": `More: what was printed, request ${entry.request}` }, "More");
  const node = element("details", { toggle: open }, summary, shown);
  return node;
}

function rowOf(entry, ask) {
  return element(
    "tr",
    { class: entry.bad ? "bad" : null },
    element("td", { class: "time" }, clock(entry.time)),
    element("td", {}, written(entry.webhook)),
    element(
      "td",
      { class: "outcome" },
      written(entry.outcome, { class: entry.bad ? "error" : null }),
      entry.more && detailsOf(entry, ask),
    ),
    element("td", { class: "took" }, entry.took),
    element("td", {}, written(entry.from)),
    element("td", { class: "request" }, entry.request),
  );
}

function render({ model, el }) {
  el.classList.add("twilio-nb", "twilio-nb-logs");
  const release = keepKeys(el);
  const rows = new Map();
  let shown = "";
  const say = (text, isError = false) => {
    status.className = isError ? "error" : "muted";
    if (status.textContent !== text) status.textContent = text;
  };
  const show = (seen) => {
    if (seen.time < shown) return;
    shown = seen.time;
    heading.textContent = `Log of ${seen.service}`;
    const keys = new Set(seen.entries.map((entry) => entry.key));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.remove();
      rows.delete(key);
    }
    seen.entries.forEach((entry, n) => {
      if (!rows.has(entry.key)) rows.set(entry.key, rowOf(entry, line.ask));
      const row = rows.get(entry.key);
      if (body.children[n] !== row) body.insertBefore(row, body.children[n] ?? null);
    });
    scroller.hidden = !rows.size;
    say(rows.size ? "" : "Nothing yet; what comes appears here by itself.");
  };
  const line = talk(model, {
    told: (what) => {
      if (what.tell === "logs") show(what);
      else if (what.tell === "unchanged") say(rows.size ? "" : status.textContent);
      else if (what.tell === "trouble") say(what.sentence, true);
    },
    waiting: (late) => {
      busy.textContent = late ? "The kernel is busy; it answers when the cell that runs has ended." : "";
    },
  });
  const heading = element("h2", {}, "Log");
  const busy = element("span", { class: "muted", role: "status" });
  const status = element("p", { role: "status", class: "muted" });
  const body = element("tbody", {});
  const names = ["Time", "Webhook", "What became of it", "Took", "From", "Request"];
  const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)));
  const scroller = element(
    "div",
    { class: "scroller", role: "region", "aria-label": "Entries of the log", tabindex: "0", hidden: true },
    element("table", {}, element("thead", {}, head), body),
  );
  el.append(element("div", { class: "head" }, heading, busy), status, scroller);
  line.ask("look").then(show, (error) => say(error.message, true));
  const beat = setInterval(() => line.ask("stay").catch(() => {}), BEAT);
  return () => {
    clearInterval(beat);
    release();
    line.close();
  };
}

export default { render };
