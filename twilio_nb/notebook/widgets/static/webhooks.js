// The panel of the webhooks: a card for each, whose elements stay while its figures change.

const BEAT = 60_000; // milliseconds between two signs of life
const KINDS = { live: "live", paused: "paused", "stores only": "stores" };

function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

function clock(time) {
  const how = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return new Date(time).toLocaleString([], { ...how, timeZoneName: "short" });
}

/** An address with a button that copies it. */
function addressField(label) {
  const input = element("input", { readonly: true, spellcheck: "false", "aria-label": label });
  input.addEventListener("focus", () => input.select());
  const said = element("span", { class: "copied muted", role: "status" });
  const button = copyButton(input, said, `Copy the ${label.toLowerCase()}`);
  return { node: element("div", { class: "address" }, input, button, said), input };
}

/** One webhook. `show(row)` brings its card up to date. */
function cardOf(first, ask, say, showAll, status) {
  const names = { service: first.service, webhook: first.webhook };
  const heading = unique("webhook");
  const state = element("span", { class: "state" });
  const handler = element("p", { class: "handler" });
  const condition = element("p", { class: "muted condition" });
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
    figure("refused", "Refused texts"),
  );
  const wrong = element("p", { class: "error last" });
  const why = element("p", { class: "muted last" });
  const address = addressField(`Address of ${first.webhook}`);
  const unknown = element("p", { class: "muted" }, "Its address is not known yet: %twilio_config says what to do.");
  const secret = element("p", { class: "muted" });
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
  const asking = element("div", { class: "asking", role: "group", "aria-label": "Run again?", hidden: true });
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
        asking.hidden = true;
        asking.replaceChildren();
        made.focus();
      };
      const yes = element("button", { type: "button", class: "main" }, `Run it on ${texts}`);
      yes.addEventListener("click", () => {
        close();
        run(what).catch((error) => say(error.message, true));
      });
      const no = element("button", { type: "button", click: close }, "Cancel");
      asking.onkeydown = (event) => {
        if (event.key === "Escape") close();
      };
      asking.replaceChildren(
        element("p", {}, `Its replies are texted to the people who wrote. Run ${first.webhook} on ${texts}?`),
        element("div", { class: "actions" }, yes, no),
      );
      asking.hidden = false;
      yes.focus();
    });
    made.dataset.label = label;
    return made;
  };
  const pending = again("pending", "Run what waits");
  const failed = again("failed", "Run what failed");
  const actions = element("div", { class: "actions" }, pause, pending, failed);
  const attempt = trialForm((fields) => ask("attempt", { ...names, ...fields }));

  const removal = question({
    label: "Remove …",
    change:
      `This removes ${first.webhook} for all notebooks, and takes its function here out of service. Its texts and log ` +
      "entries stay. What is sent to its address from then on is refused, so point its number elsewhere first.",
    agree: "Remove",
    act: async () => {
      showAll(await ask("remove", names));
      say(`${first.webhook} is removed.`);
    },
    rest: status,
  });

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
    condition,
    list,
    wrong,
    why,
    address.node,
    secret,
    unknown,
    actions,
    asking,
    attempt,
    removal,
  );

  const show = (now) => {
    row = now;
    const kind = KINDS[now.state] ?? "away";
    state.className = `state ${kind}`;
    write(state, kind === "live" ? "live here" : now.state);
    const isStore = kind === "stores";
    write(handler, isStore ? "Stores texts and asks nobody." : now.handler || "Run the cell that defines it to answer here.");
    const terms = [
      now.can_evaluate && `For texts that meet ${now.can_evaluate}`,
      now.run_as && `Runs as ${now.run_as}`,
    ].filter(Boolean);
    condition.hidden = !terms.length;
    write(condition, terms.join(" · "));
    figures.refused.parentElement.hidden = !now.can_evaluate;
    list.hidden = isStore;
    write(figures.calls, now.calls.toLocaleString());
    write(figures.failures, now.failures.toLocaleString());
    write(figures.median, span(now.median));
    write(figures.waiting, now.waiting.toLocaleString());
    write(figures.failed, now.failed.toLocaleString());
    write(figures.refused, now.refused.toLocaleString());
    figures.failures.className = now.failures ? "error" : "";
    wrong.hidden = !now.error;
    why.hidden = !now.hidden;
    write(why, now.hidden);
    write(wrong, now.error ? `Last error, ${clock(now.error_time)}: ${now.error}` : "");
    if (address.input.value !== now.address) address.input.value = now.address;
    address.node.hidden = !now.address;
    secret.hidden = !(now.address && now.secret);
    write(secret, `At Twilio the value of the secret ${now.secret} comes in the place of <${now.secret}>; %twilio_config enters it there.`);
    unknown.hidden = Boolean(now.address);
    actions.hidden = isStore;
    write(pause, now.state === "paused" ? "Resume" : "Pause");
    for (const [made, texts] of [[pending, now.waiting], [failed, now.failed]]) {
      write(made, `${made.dataset.label} (${texts})`);
      const isOff = !now.here || !texts;
      if (made === document.activeElement && isOff) pause.focus();
      made.hidden = isOff;
    }
    attempt.hidden = !now.here;
    removal.hidden = isStore;
  };
  return { node, show };
}

function render({ model, el }) {
  el.classList.add("twilio-nb", "twilio-nb-webhooks");
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
      if (!cards.has(key)) cards.set(key, cardOf(row, line.ask, say, showAll, status));
      const card = cards.get(key);
      card.show(row);
      if (grid.children[n] !== card.node) grid.insertBefore(card.node, grid.children[n] ?? null);
    });
    moved(seen.time);
  };
  const moved = (time) => write(asOf, `As of ${clock(time)}; figures as far back as the log goes.`);
  const line = talk(model, {
    told: (what) => {
      if (what.tell === "webhooks") showAll(what);
      else if (what.tell === "unchanged") moved(what.time);
      else if (what.tell === "trouble") say(what.sentence, true);
    },
    waiting: (late) => write(busy, late ? "The kernel is busy; it answers when the cell that runs has ended." : ""),
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
  const status = element("p", { role: "status", class: "muted", tabindex: "-1" });
  const grid = element("div", { class: "cards" });
  const head = element("div", { class: "head" }, element("h2", {}, "Webhooks"), asOf, busy, refresh);
  el.append(element("div", { class: "panel" }, head, status, grid));
  const release = keepKeys(el);
  look();
  const beat = setInterval(() => line.ask("stay").catch(() => {}), BEAT);
  return () => {
    clearInterval(beat);
    release();
    line.close();
  };
}

export default { render };
