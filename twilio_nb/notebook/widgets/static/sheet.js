// Below the fields of the form that sends: what they come to, the buttons, how each text fares. See sheet.py.

const MARKS = { waiting: "·", sending: "…", accepted: "◷", scheduled: "◷", queued: "◷", sent: "✓", delivered: "✓✓", read: "✓✓" };
const MOST = 200;

const counted = (n, one, many) => `${n.toLocaleString()} ${n === 1 ? one : many}`;

/** Who is texted, how large the text is, and how it will look. */
function makeDraft(line, say) {
  const people = element("p", { class: "muted", role: "status" });
  const faults = element("ul", { class: "faults error", hidden: true, "aria-label": "What cannot be texted" });
  const size = element("p", { class: "muted", role: "status" });
  const meaning = explanation("What are segments and units?");
  const cheaper = element("button", { type: "button", hidden: true, click: spell }, "");
  const facts = element("dl");
  const bubble = element("div", { class: "row own" });
  const warnings = element("p", { class: "error" });
  const preview = element("details", {}, element("summary", {}, "Preview"), facts, bubble, warnings);
  async function spell() {
    try {
      await line.ask("plainer"); // what it comes to is told to every page
      preview.querySelector("summary").focus(); // the button is gone
    } catch (error) {
      say(error.message, true);
    }
  }
  function show(draft) {
    const words = [];
    if (draft.isColumn || draft.people > 1) words.push(`To ${counted(draft.people, "person", "people")}.`);
    if (draft.repeated) words.push(`${counted(draft.repeated, "number is", "numbers are")} there twice; each gets one text.`);
    people.textContent = words.join(" ");
    const unit = draft.isColumn ? "Row " : "";
    const lines = draft.faults.map((fault) => element("li", {}, `${unit}${unit ? `${fault.place}: ` : ""}${fault.sentence}`));
    if (draft.moreFaults) lines.push(element("li", {}, `And ${draft.moreFaults.toLocaleString()} more.`));
    faults.replaceChildren(...lines);
    faults.hidden = lines.length === 0;
    size.textContent = draft.size;
    meaning.button.hidden = !draft.size;
    if (!draft.size) meaning.text.hidden = true;
    cheaper.hidden = !draft.cheaper;
    cheaper.textContent = draft.cheaper ?? "";
    preview.hidden = !draft.preview;
    if (!draft.preview) return;
    const pairs = Object.entries(draft.preview.facts);
    facts.replaceChildren(...pairs.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
    bubble.replaceChildren(element("div", { class: "bubble" }, written(draft.preview.body)));
    warnings.textContent = draft.preview.warnings.join(" ");
  }
  return { nodes: [people, faults, element("div", { class: "beside" }, size, meaning.button, cheaper), meaning.text, preview], show, explain: meaning.say };
}

/** How the texts fare: a line, a bar, and a row for each recipient that changes in its place. */
function makeReport(line, say) {
  const summary = element("p", { role: "status", tabindex: "-1" });
  const trouble = element("p", { class: "error" });
  const bar = element("progress", { "aria-label": "Handed to Twilio" });
  const stop = element("button", { type: "button", click: halt }, "Stop");
  const moving = element("div", { class: "beside", hidden: true }, bar, stop);
  const body = element("tbody");
  const head = element("tr", {}, element("th", { scope: "col" }, "To"), element("th", { scope: "col" }, "State"));
  const table = element("table", {}, element("thead", {}, head), body);
  const frame = element("div", { class: "rows", tabindex: "0", role: "region", "aria-label": "Each text", hidden: true }, table);
  const rest = element("p", { class: "muted" });
  const rows = new Map();
  async function halt() {
    summary.focus();
    try {
      await line.ask("stop");
    } catch (error) {
      say(error.message, true);
    }
  }
  function put(row) {
    const known = rows.get(row.number) ?? element("tr", {}, element("td"), element("td"));
    rows.set(row.number, known);
    const [to, state] = known.children;
    const said = `${row.status} ${row.sentence}`;
    if (to.textContent !== row.to) to.textContent = row.to;
    if (known.dataset.said === said) return known;
    known.dataset.said = said;
    state.className = row.kind;
    const mark = MARKS[row.status] ?? (row.kind === "error" ? "✕" : "·");
    state.replaceChildren(
      element("span", { class: "mark", "aria-hidden": "true" }, mark),
      element("span", { class: "word" }, row.status),
      row.sentence && element("div", { class: "muted" }, row.sentence),
    );
    return known;
  }
  function show(report) {
    if (!report) return;
    const isNew = report.rows.length > 0 && !rows.has(report.rows[0].number);
    const shown = report.rows.map(put);
    if (isNew || body.children.length !== shown.length || shown.some((row, n) => body.children[n] !== row)) {
      body.replaceChildren(...shown);
    }
    for (const number of [...rows.keys()]) if (!report.rows.some((row) => row.number === number)) rows.delete(number);
    frame.hidden = shown.length === 0;
    summary.textContent = report.summary;
    trouble.textContent = report.trouble;
    bar.max = report.total;
    bar.value = report.done;
    if (!report.isSending && document.activeElement === stop) summary.focus();
    moving.hidden = !report.isSending;
    const hidden = report.total - report.rows.length;
    rest.textContent = hidden ? `And ${hidden.toLocaleString()} more, which fare no worse than these.` : "";
  }
  return { nodes: [moving, summary, trouble, frame, rest], show };
}

function render({ model, el }) {
  const note = element("p", { class: "muted", role: "status" });
  const say = (sentence, isError = false) => {
    note.textContent = sentence;
    note.className = isError ? "error" : "muted";
  };
  const line = talk(model, {
    told(message) {
      if (message.tell === "draft") hear(message);
      if (message.tell === "report") show(message.report);
    },
    waiting: (isLate) => say(isLate ? "The notebook is busy; this goes on when it is not." : ""),
  });
  const draft = makeDraft(line, say);
  const report = makeReport(line, say);
  const question = element("p", { tabindex: "-1" });
  const agree = element("button", { type: "button", class: "main", click: () => send(true) }, "Send");
  const cancel = element("button", { type: "button", click: () => (close(), button.focus()) }, "Cancel");
  const asking = element("div", { class: "asking", role: "group", hidden: true }, question, agree, cancel);
  const button = element("button", { type: "button", class: "main", click: () => send(false) }, "Send");
  let isBusy = false;
  let given; // what a person was asked about is what is sent
  let round; // of the kernel's: what belongs to one that is over was sent

  function hear(message) {
    round = message.round;
    draft.show(message.draft);
    if (note.className === "error") say(""); // it was about what has just been changed
  }
  function show(told) {
    report.show(told);
    rest(told?.isSending ?? false);
  }
  /** No second press while the first one has its effect; a button that is disabled would lose the focus. */
  function rest(isResting) {
    isBusy = isResting;
    for (const one of [button, agree]) one.setAttribute("aria-disabled", String(isResting));
  }
  function close() {
    asking.hidden = true;
  }

  /** What the page shows now, of which the kernel may not have heard yet. */
  async function fields() {
    const read = async ([name, reference]) => {
      const field = await model.widget_manager.get_model(reference.replace("IPY_MODEL_", ""));
      const isList = field.get("_options_labels") !== undefined;
      return [name, isList ? field.get("_options_labels")[field.get("index")] : field.get("value")];
    };
    return Object.fromEntries(await Promise.all(Object.entries(model.get("fields")).map(read)));
  }

  async function send(confirmed) {
    if (isBusy) return;
    rest(true);
    say("");
    try {
      if (!confirmed) given = { round, fields: await fields() };
      close();
      const answer = await line.ask("dispatch", { ...given, confirmed });
      if (answer.confirm) {
        question.textContent = answer.confirm;
        asking.hidden = false;
        question.focus();
        rest(false);
      } else {
        show(answer.report);
        if (confirmed) button.focus();
      }
    } catch (error) {
      say(error.message, true);
      rest(false);
      button.focus();
    }
  }

  const root = element(
    "div",
    { class: "twilio-nb sheet mathjax_ignore tex2jax_ignore" },
    ...[...draft.nodes, element("div", { class: "beside" }, button), asking, note, ...report.nodes],
  );
  el.append(root);
  const release = keepKeys(root);
  line.ask("hello").then(
    (answer) => {
      draft.explain(answer.explained);
      hear(answer);
      show(answer.report);
      line.ask("senders").catch(() => {});
    },
    (error) => say(error.message, true),
  );
  return () => {
    release();
    line.close();
  };
}
export default { render };
