// The panel of the webhooks: a card for each, whose elements stay while its figures change.

const BEAT = 60_000; // milliseconds between two signs of life
const KINDS = { live: "live", paused: "paused", "stores only": "stores" };

function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

function span(seconds) {
  if (seconds == null) return "–";
  if (seconds < 0.001) return "< 1 ms";
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

function clock(time) {
  const how = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return new Date(time).toLocaleString([], { ...how, timeZoneName: "short" });
}

/** Write a text where it differs from what stands there, so that a selection outlives a look at the figures. */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** An address with a button that copies it; where that is not allowed it is selected. */
function addressField(label) {
  const input = element("input", { readonly: true, spellcheck: "false", "aria-label": label });
  input.addEventListener("focus", () => input.select());
  const said = element("span", { class: "copied muted", role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(input.value);
      said.textContent = "Copied.";
    } catch {
      input.focus();
      input.select();
      said.textContent = document.execCommand("copy") ? "Copied." : "Press Ctrl+C, or ⌘C, to copy.";
    }
    setTimeout(() => (said.textContent = ""), 4000);
  };
  const button = element("button", { type: "button", click: copy }, "Copy");
  button.setAttribute("aria-label", `Copy the ${label.toLowerCase()}`);
  return { node: element("div", { class: "address" }, input, button, said), input };
}

/** The form that tries a handler. */
function trialForm(ask) {
  const field = (label, input) => element("label", {}, element("span", {}, label), input);
  const sender = element("input", { value: "+15558675309", autocomplete: "off" });
  const to = element("input", { value: "+15005550006", autocomplete: "off" });
  const media = element("input", { type: "number", min: "0", max: "10", value: "0" });
  const body = element("textarea", { rows: "2" }, "Hello");
  const button = element("button", { type: "submit" }, "Try it");
  const result = element("div", { class: "result", role: "status" });
  const show = (answer) => {
    const bubbles = answer.replies.map((reply) => element("div", { class: "bubble" }, written(reply)));
    const line = (text, kind) => element("p", { class: kind }, written(text));
    result.replaceChildren(
      ...(bubbles.length ? [element("p", { class: "muted" }, "It would text back:"), ...bubbles] : []),
      ...(bubbles.length || answer.wrong ? [] : [line("It would text nothing back.", "muted")]),
      ...(answer.wrong ? [line(answer.wrong, "error")] : []),
      ...answer.warnings.map((warning) => line(warning, "warning")),
      ...(answer.note ? [line(answer.note, "muted")] : []),
      element(
        "p",
        { class: "muted" },
        `Took ${span(answer.took)}${answer.status === 200 ? "" : `, status ${answer.status}`}.`,
      ),
    );
  };
  const submit = async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled")) return;
    result.replaceChildren(element("p", { class: "muted" }, "It runs …"));
    button.setAttribute("aria-disabled", "true");
    try {
      show(await ask({ sender: sender.value, to: to.value, body: body.value, media: Number(media.value) || 0 }));
    } catch (error) {
      result.replaceChildren(element("p", { class: "error" }, error.message));
    }
    button.removeAttribute("aria-disabled");
  };
  // In JupyterLab Enter submits no form by itself.
  const keydown = (event) => {
    if (event.key !== "Enter" || event.target.localName !== "input" || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  };
  const form = element(
    "form",
    { submit, keydown },
    field("From", sender),
    field("To", to),
    field("Pictures", media),
    element("label", { class: "wide" }, element("span", {}, "Body"), body),
    element("div", { class: "wide actions" }, button),
    result,
  );
  const hint = "Nothing is stored or texted, but by what the handler itself does; what it prints appears below its cell.";
  return element(
    "details",
    {},
    element("summary", {}, "Try it with a text"),
    element("p", { class: "muted" }, hint),
    form,
  );
}

/** One webhook. `show(row)` brings its card up to date. */
function cardOf(first, ask, say, showAll) {
  const names = { service: first.service, webhook: first.webhook };
  const heading = unique("webhook");
  const state = element("span", { class: "state" });
  const handler = element("p", { class: "handler" });
  const figures = {};
  const figure = (key, label) =>
    element("div", {}, element("dt", {}, label), (figures[key] = element("dd", {})));
  const list = element(
    "dl",
    {},
    figure("calls", "Calls"),
    figure("failures", "Failures"),
    figure("median", "Median"),
    figure("waiting", "Waiting"),
    figure("failed", "Failed texts"),
  );
  const wrong = element("p", { class: "error last" });
  const address = addressField(`Address of ${first.webhook}`);
  const unknown = element("p", { class: "muted" }, "Its address is not known yet: %twilio_config says what to do.");
  let row = first;

  /** Do something that takes a while, once at a time; a button that is disabled would lose the focus. */
  const doing = (button, work) => async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try {
      await work();
    } catch (error) {
      say(error.message, true);
    }
    button.removeAttribute("aria-disabled");
  };
  const button = (work, kind) => {
    const made = element("button", { type: "button", class: kind });
    made.addEventListener("click", doing(made, work));
    return made;
  };
  const pause = button(async () => {
    const paused = row.state !== "paused";
    showAll(await ask(paused ? "pause" : "resume", names));
    say(
      paused
        ? `${first.webhook} is paused: its texts are stored and wait.`
        : `${first.webhook} goes on. What waited for less than ten minutes runs now.`,
    );
  });

  // What runs again may text people, hence it asks, in place, and gives the focus back.
  const question = element("div", { class: "question", role: "group", "aria-label": "Run again?", hidden: true });
  const run = async (what) => {
    say(`${first.webhook} runs …`);
    const done = await ask("replay", { ...names, what });
    showAll(done);
    const wrongs = done.ran - done.answered;
    const parts = [
      done.ran ? `${first.webhook} ran on ${count(done.ran, "text")}` : "No text is left to run it on",
      done.replies && `${count(done.replies, "reply", "replies")} texted`,
      wrongs && `${count(wrongs, "text")} went wrong: ${done.wrong}`,
    ];
    say(`${parts.filter(Boolean).join("; ")}.`, wrongs > 0);
  };
  const again = (what, label) => {
    const made = button(async () => {
      if (!row.replies) return run(what);
      const texts = count(what === "pending" ? row.waiting : row.failed, "text");
      const close = () => {
        question.hidden = true;
        question.replaceChildren();
        made.focus();
      };
      const yes = element("button", { type: "button", class: "main" }, `Run it on ${texts}`);
      yes.addEventListener("click", () => {
        close();
        run(what).catch((error) => say(error.message, true));
      });
      const no = element("button", { type: "button", click: close }, "Cancel");
      question.onkeydown = (event) => {
        if (event.key === "Escape") close();
      };
      question.replaceChildren(
        element("p", {}, `Its replies are texted to the people who wrote. Run ${first.webhook} on ${texts}?`),
        element("div", { class: "actions" }, yes, no),
      );
      question.hidden = false;
      yes.focus();
    });
    made.dataset.label = label;
    return made;
  };
  const pending = again("pending", "Run what waits");
  const failed = again("failed", "Run what failed");
  const actions = element("div", { class: "actions" }, pause, pending, failed);
  const attempt = trialForm((fields) => ask("attempt", { ...names, ...fields }));

  const node = element(
    "section",
    { "aria-labelledby": heading, class: "card" },
    element(
      "div",
      { class: "top" },
      element(
        "h3",
        { id: heading },
        element("span", { class: "muted service" }, `${first.service}/`),
        element("wbr"),
        first.webhook,
      ),
      state,
    ),
    handler,
    list,
    wrong,
    address.node,
    unknown,
    actions,
    question,
    attempt,
  );

  const show = (now) => {
    row = now;
    const kind = KINDS[now.state] ?? "away";
    state.className = `state ${kind}`;
    put(state, kind === "live" ? "live here" : now.state);
    const isStore = kind === "stores";
    put(handler, isStore ? "Stores texts and asks nobody." : now.handler || "Run the cell that defines it to answer here.");
    list.hidden = isStore;
    put(figures.calls, now.calls.toLocaleString());
    put(figures.failures, now.failures.toLocaleString());
    put(figures.median, span(now.median));
    put(figures.waiting, now.waiting.toLocaleString());
    put(figures.failed, now.failed.toLocaleString());
    figures.failures.className = now.failures ? "error" : "";
    wrong.hidden = !now.error;
    put(wrong, now.error ? `Last error, ${clock(now.error_time)}: ${now.error}` : "");
    if (address.input.value !== now.address) address.input.value = now.address;
    address.node.hidden = !now.address;
    unknown.hidden = Boolean(now.address);
    actions.hidden = isStore;
    put(pause, now.state === "paused" ? "Resume" : "Pause");
    for (const [made, texts] of [[pending, now.waiting], [failed, now.failed]]) {
      put(made, `${made.dataset.label} (${texts})`);
      const isOff = !now.here || !texts;
      if (made === document.activeElement && isOff) pause.focus();
      made.hidden = isOff;
    }
    attempt.hidden = !now.here;
  };
  return { node, show };
}

function render({ model, el }) {
  el.classList.add("twilio-nb", "twilio-nb-webhooks");
  // JupyterLab takes Enter on a button and letters in what is read-only for its own, unless the element itself says no.
  const keep = ({ target, ctrlKey, metaKey }) =>
    el.contains(target) && target.toggleAttribute("data-lm-suppress-shortcuts", !ctrlKey && !metaKey);
  window.addEventListener("keydown", keep, true); // before the document's, which is JupyterLab's
  const cards = new Map();
  let shown = "";
  const say = (text, isError = false) => {
    status.className = isError ? "error" : "muted";
    status.textContent = text;
  };
  const showAll = (seen) => {
    if (seen.time < shown) return;
    shown = seen.time;
    const keys = seen.cards.map((row) => `${row.service}/${row.webhook}`);
    for (const [key, card] of cards) {
      if (!keys.includes(key)) {
        card.node.remove();
        cards.delete(key);
      }
    }
    seen.cards.forEach((row, n) => {
      const key = keys[n];
      if (!cards.has(key)) cards.set(key, cardOf(row, line.ask, say, showAll));
      const card = cards.get(key);
      card.show(row);
      if (grid.children[n] !== card.node) grid.insertBefore(card.node, grid.children[n] ?? null);
    });
    moved(seen.time);
  };
  const moved = (time) => put(asOf, `As of ${clock(time)}; figures as far back as the log goes.`);
  const line = talk(model, {
    told: (what) => {
      if (what.tell === "webhooks") showAll(what);
      else if (what.tell === "unchanged") moved(what.time);
      else if (what.tell === "trouble") say(what.sentence, true);
    },
    waiting: (late) => put(busy, late ? "The kernel is busy; it answers when the cell that runs has ended." : ""),
  });
  const look = async () => {
    try {
      showAll(await line.ask("look"));
    } catch (error) {
      say(error.message, true);
    }
  };
  const asOf = element("span", { class: "muted" });
  const busy = element("span", { class: "muted", role: "status" });
  const refresh = element("button", { type: "button", click: look }, "Refresh");
  const status = element("p", { role: "status", class: "muted" });
  const grid = element("div", { class: "cards" });
  const head = element("div", { class: "head" }, element("h2", {}, "Webhooks"), asOf, busy, refresh);
  el.append(element("div", { class: "panel" }, head, status, grid));
  look();
  const beat = setInterval(() => line.ask("stay").catch(() => {}), BEAT);
  return () => {
    clearInterval(beat);
    window.removeEventListener("keydown", keep, true);
    line.close();
  };
}

export default { render };
