// A thread: the texts of one conversation as bubbles, and a box to reply.

const DAYS = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const FAILED = ["failed", "undelivered"];

/** One text: what stands in its place stays there, so that neither focus nor a reader is lost when it changes. */
function bubble(row, { ask }) {
  const body = written("", { class: "text" });
  const files = element("div", { class: "files" });
  const status = element("span");
  const meta = element("div", { class: "meta" });
  const advice = element("div", { class: "advice error" });
  const box = element("div", { class: "bubble" }, body, files, meta);
  const said = element("span");
  const wrong = element("span", { class: "error" });
  const outcome = element("span", { class: "error" });
  const again = element("button", { type: "button", click: run });
  const handled = element("div", { class: "handled" }, said, wrong, again, outcome);
  const replies = element("div", { class: "replies" });
  const day = element("div", { class: "day" });
  const node = element("article", { class: "entry" }, day, box, advice, handled, replies);
  const one = { node, day, row };
  let sure = false;
  let kinds = "";

  async function run() {
    if (one.row.handling?.ask && !sure) {
      sure = true;
      again.textContent = "Run it again, and text its reply again?";
      return;
    }
    sure = false;
    again.disabled = true;
    again.textContent = "Running …";
    outcome.textContent = "";
    try {
      const answer = await ask("again", { sid: one.row.sid });
      outcome.textContent = answer.error_of_handler;
    } catch (error) {
      outcome.textContent = error.message;
    }
    again.disabled = false;
    one.update(one.row);
  }

  one.update = (changed) => {
    one.row = changed;
    const { handling } = changed;
    if (body.textContent !== changed.body) body.textContent = changed.body;
    body.hidden = !changed.body;
    const types = changed.files.map((file) => file.type).join();
    if (types !== kinds) {
      kinds = types;
      files.replaceChildren(...changed.files.map((file, n) => medium(file, n, one, ask)));
    }
    box.classList.toggle("own", !changed.inbound);
    node.classList.toggle("own", !changed.inbound);
    if (!meta.firstChild) meta.append(clock(changed.time), status);
    const segments = changed.segments > 1 ? ` · ${changed.segments} segments` : "";
    const state = changed.inbound ? "" : ` · ${changed.status.replace("_", " ") || "handed over"}`;
    if (status.textContent !== state + segments) status.textContent = state + segments;
    status.classList.toggle("error", FAILED.includes(changed.status));
    advice.hidden = !changed.advice;
    advice.textContent = changed.advice;
    handled.hidden = !handling;
    said.textContent = handling?.sentence ?? "";
    wrong.textContent = handling?.error ?? "";
    again.hidden = !handling?.again;
    again.classList.toggle("quiet", Boolean(handling?.ask));
    if (!again.disabled && !sure) again.textContent = handling?.again ?? "";
    replies.replaceChildren(...(handling?.replies ?? []).map((reply) =>
      element("div", { class: "bubble own" }, written(reply.body, { class: "text" }),
        element("div", { class: "meta" }, reply.files ? `${reply.files} files · ` : "", "handed to Twilio"))));
  };
  one.update(row);
  return one;
}

function clock(time) {
  const date = new Date(time);
  return element("time", { datetime: date.toISOString(), title: WHOLE.format(date) }, CLOCK.format(date));
}

/** A picture after a click; of any other file, what it is. */
function medium(file, n, one, ask) {
  if (!file.picture) return element("div", { class: "muted" }, `A file of type ${file.type}, which is not shown here.`);
  const kind = file.type.replace("image/", "").toUpperCase();
  const note = element("span", { class: "error", role: "status" });
  const place_ = element("div");
  const button = element("button", { type: "button", "aria-expanded": "false", click: toggle }, `Show picture (${kind})`);

  async function toggle() {
    if (place_.firstChild) {
      place_.replaceChildren();
    } else {
      button.disabled = true;
      note.textContent = "";
      try {
        const answer = await ask("picture", { sid: one.row.sid, n });
        place_.replaceChildren(await image(answer.buffers[0], answer.type, one.row.from));
      } catch (error) {
        note.textContent = error.message;
      }
      button.disabled = false;
    }
    button.textContent = place_.firstChild ? "Hide picture" : `Show picture (${kind})`;
    button.setAttribute("aria-expanded", String(Boolean(place_.firstChild)));
    button.focus({ preventScroll: true });
  }
  return element("div", { class: "medium" }, button, note, place_);
}

/** Make a picture out of bytes; the address that it needs for a moment is gone once it is there. */
function image(bytes, type, from) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  return new Promise((resolve, reject) => {
    const end = (settle) => () => {
      URL.revokeObjectURL(address);
      settle();
    };
    const made = element("img", {
      alt: `Picture from ${from}`,
      load: end(() => resolve(made)),
      error: end(() => reject(new Error("This browser cannot show the picture."))),
    });
    made.src = address;
  });
}

/** `back` is called when a person leaves it, where list and thread do not stand side by side. */
function threadView({ ask, back, failed }) {
  const most = 140;
  let key = null;
  let earlier = 0;
  let later = 0;
  let fresh = 0; // texts that came while somebody read further up
  let turn = 0;
  let entries = [];
  const drafts = new Map();

  const leave = element("button", { type: "button", class: "back", click: back }, "‹ Conversations");
  const name = element("strong");
  const ours = element("span", { class: "muted" });
  const head = element("header", { class: "bar" }, leave, name, ours);
  const up = element("button", { type: "button", class: "more", click: () => further("before") });
  const down = element("button", { type: "button", class: "more", click: () => further("after") });
  const texts = element("div", { class: "texts" });
  const log = element("div", {
    class: "log", role: "log", tabindex: 0, "aria-live": "polite", "aria-relevant": "additions",
    "data-lm-suppress-shortcuts": "true", scroll: () => atEnd() && !later && say(0),
  }, up, texts, down);
  const news = element("button", { type: "button", class: "main news", hidden: true, click: newest });
  const empty = element("p", { class: "muted nothing" }, "Choose a conversation to read and to reply.");
  const reply = replyBox({ ask, sent: () => newest(), kept: (body) => drafts.set(key, body) });
  const node = element("section", { class: "thread", "aria-label": "Texts" }, head, log, news, empty, reply.node);

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  const inOrder = (one, other) => one.row.time - other.row.time || (one.row.sid < other.row.sid ? -1 : 1);

  function blank() {
    const none = key == null;
    for (const part of [head, log, reply.node]) part.hidden = none;
    empty.hidden = !none;
    if (none) say(0);
  }

  function say(count) {
    fresh = count;
    news.hidden = !count;
    news.textContent = `${count} new ↓`;
  }

  function arrange() {
    up.hidden = !earlier;
    up.textContent = `Earlier texts (${COUNT.format(earlier)})`;
    down.hidden = !later;
    down.textContent = `Later texts (${COUNT.format(later)})`;
    let last = "";
    for (const one of entries) {
      const date = DAYS.format(new Date(one.row.time));
      one.day.hidden = date === last;
      one.day.textContent = date;
      last = date;
    }
  }

  async function show(chosen, where = {}) {
    const mine = ++turn;
    if (chosen !== key) {
      key = chosen;
      reply.show(drafts.get(key) ?? "", key);
    }
    blank();
    if (key == null) return;
    log.setAttribute("aria-busy", "true");
    try {
      const answer = await ask("thread", { key, ...where });
      if (mine !== turn) return;
      name.textContent = answer.conversation.theirs;
      ours.textContent = `and ${answer.conversation.ours}`;
      reply.label(answer.conversation.theirs);
      ({ earlier, later } = answer);
      const known = new Map(entries.map((one) => [one.row.sid, one]));
      entries = answer.rows.map((row) => {
        const one = known.get(row.sid) ?? bubble(row, { ask });
        one.update(row);
        return one;
      });
      const kept = new Set(entries.map((one) => one.node));
      [...texts.children].filter((child) => !kept.has(child)).forEach((child) => child.remove());
      entries.forEach((one, n) => place(texts, one.node, texts.children[n] ?? null));
      arrange();
      say(0);
      const meant = where.around && entries.find((one) => one.row.sid === where.around);
      if (meant) {
        meant.node.scrollIntoView({ block: "center" });
        meant.node.classList.add("meant");
      } else toEnd();
    } catch (error) {
      if (mine === turn) failed(error);
    } finally {
      log.removeAttribute("aria-busy");
    }
  }

  function newest() {
    if (later) return show(key);
    toEnd();
    say(0);
    log.focus({ preventScroll: true });
  }

  /** Read on, and let what was read stay where it is on the screen. */
  async function further(where) {
    const anchor = where === "before" ? entries[0] : entries.at(-1);
    const mine = turn;
    log.setAttribute("aria-busy", "true");
    try {
      const answer = await ask("thread", { key, [where]: anchor.row.sid });
      if (mine !== turn) return;
      const offset = anchor.node.offsetTop - log.scrollTop;
      const known = new Set(entries.map((one) => one.row.sid));
      const more = answer.rows.filter((row) => !known.has(row.sid)).map((row) => bubble(row, { ask }));
      entries = where === "before" ? [...more, ...entries] : [...entries, ...more];
      more.forEach((one) => texts.insertBefore(one.node, where === "before" ? anchor.node : null));
      const over = Math.max(0, entries.length - most);
      const gone = where === "before" ? entries.splice(most) : entries.splice(0, over);
      gone.forEach((one) => one.node.remove());
      if (where === "before") [earlier, later] = [answer.earlier, later + gone.length];
      else [earlier, later] = [earlier + gone.length, answer.later];
      arrange();
      log.scrollTop = anchor.node.offsetTop - offset;
      if ((where === "before" ? up : down).hidden) log.focus({ preventScroll: true });
    } catch (error) {
      failed(error);
    } finally {
      log.removeAttribute("aria-busy");
    }
  }

  function take(row) {
    const known = entries.find((one) => one.row.sid === row.sid);
    if (known) {
      known.update(row);
      return false;
    }
    if (!row.inbound) settle(row);
    const [first, last] = [entries[0], entries.at(-1)];
    const one = bubble(row, { ask });
    if (earlier && first && inOrder(one, first) < 0) {
      earlier += 1;
      return false;
    }
    if (later && last && inOrder(one, last) > 0) {
      later += 1;
      return true;
    }
    const at = entries.findIndex((other) => inOrder(one, other) < 0);
    entries.splice(at < 0 ? entries.length : at, 0, one);
    texts.insertBefore(one.node, at < 0 ? null : texts.children[at]);
    return at < 0;
  }

  /** A reply that was handed to Twilio is a text of its own by now; nothing else would tell the text it answers. */
  function settle({ body }) {
    for (const one of entries) {
      const { handling } = one.row;
      const at = handling ? handling.replies.findIndex((reply) => reply.body === body) : -1;
      if (at >= 0) {
        one.update({ ...one.row, handling: { ...handling, replies: handling.replies.toSpliced(at, 1) } });
        return;
      }
    }
  }

  function forget(sid) {
    const at = entries.findIndex((one) => one.row.sid === sid);
    if (at >= 0) entries.splice(at, 1)[0].node.remove();
  }

  return {
    node,
    show,
    again: () => show(key, later ? { around: entries[Math.floor(entries.length / 2)]?.row.sid } : {}),
    focus: () => (getComputedStyle(leave).display === "none" ? log : leave).focus({ preventScroll: true }),
    /** Take what has changed; where somebody reads further up, nothing moves under their eyes. */
    news({ rows, deleted }) {
      if (key == null) return;
      const followed = !later && atEnd();
      const top = log.scrollTop;
      deleted.forEach(forget);
      let came = 0;
      for (const row of rows) if (row.key === key && take(row)) came += 1;
      while (entries.length > most) {
        if (followed) {
          entries.shift().node.remove();
          earlier += 1;
        } else {
          entries.pop().node.remove();
          later += 1;
        }
      }
      arrange();
      if (followed) toEnd();
      else {
        log.scrollTop = top;
        if (came) say(fresh + came);
      }
    },
    clear() {
      turn++;
      entries = [];
      texts.replaceChildren();
    },
  };
}

/** Where a reply is written: Enter sends, Shift and Enter begin a line. */
function replyBox({ ask, sent, kept }) {
  let turn = 0;
  let shownFor = 0;
  const label = element("label", { class: "spoken", for: unique("reply") }, "Reply");
  const box = element("textarea", {
    id: label.getAttribute("for"), rows: 2, maxlength: 1600, "data-lm-suppress-shortcuts": "true",
    placeholder: "Write a reply", input: () => { kept(box.value); count(); }, keydown: press,
  });
  const cost = element("span", { class: "muted cost" });
  const wrong = element("p", { class: "error", role: "alert" });
  const button = element("button", { type: "submit", class: "main" }, "Send");
  const hint = element("span", { class: "muted hint" }, "Enter sends");
  const node = element("form", { class: "reply", submit: (event) => { event.preventDefault(); send(); } },
    label, box, element("div", { class: "bar" }, cost, hint, button), wrong);
  let thread = null;

  const count = debounced(async () => {
    const mine = ++turn;
    if (!box.value.trim()) {
      cost.textContent = "";
      return;
    }
    try {
      const { segments, encoding, forced_by } = await ask("count", { body: box.value });
      if (mine !== turn) return;
      cost.textContent = `${segments} ${segments === 1 ? "segment" : "segments"}, ${encoding}`;
      if (forced_by) cost.append(" because of ", written(forced_by));
    } catch {
      cost.textContent = "";
    }
  }, 120);

  function press(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  }

  async function send() {
    const body = box.value;
    if (!body.trim() || box.readOnly) return;
    const mine = shownFor;
    wrong.textContent = "";
    box.readOnly = true;
    button.disabled = true;
    button.textContent = "Sending …";
    try {
      await ask("reply", { key: thread, body });
      if (mine === shownFor) {
        box.value = "";
        kept("");
        cost.textContent = "";
        sent();
        box.focus({ preventScroll: true });
      }
    } catch (error) {
      if (mine === shownFor) wrong.textContent = error.message;
    }
    box.readOnly = false;
    button.disabled = false;
    button.textContent = "Send";
  }

  return {
    node,
    label: (theirs) => { label.textContent = `Reply to ${theirs}`; },
    show(draft, key) {
      shownFor++;
      thread = key;
      box.value = draft;
      wrong.textContent = "";
      count();
    },
  };
}
