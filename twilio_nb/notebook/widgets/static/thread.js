// A thread: the texts of one conversation, a window of them, and what comes while somebody reads.

const DAYS = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

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
  const news = newsFor(take);

  const leave = element("button", { type: "button", class: "back", click: back }, "‹ Conversations");
  const name = element("strong");
  const number = element("span");
  const ours = element("span", { class: "muted" });
  const head = element("header", { class: "bar" }, leave, name, number, ours);
  const up = element("button", { type: "button", class: "more", click: () => further("before") });
  const down = element("button", { type: "button", class: "more", click: () => further("after") });
  const texts = element("div", { class: "texts" });
  const log = element("div", {
    class: "log", role: "log", tabindex: 0, "aria-live": "polite", "aria-relevant": "additions",
    scroll: () => atEnd() && !later && say(0),
  }, up, texts, down);
  const below = element("button", { type: "button", class: "main news", hidden: true, click: newest });
  const pane = element("div", { class: "pane" }, log, below);
  const empty = element("p", { class: "muted nothing" }, "Choose a conversation to read and to reply.");
  const reply = replyBox({ ask, sent: () => newest(), kept: (body) => drafts.set(key, body) });
  const node = element("section", { class: "thread", "aria-label": "Texts" }, head, pane, empty, reply.node);

  // A window that is loaded is not read out, but what comes into it afterwards.
  const quiet = () => log.setAttribute("aria-live", "off");
  const loud = () => setTimeout(() => log.setAttribute("aria-live", "polite"), 200);
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  const inOrder = (one, other) => one.row.time - other.row.time || (one.row.sid < other.row.sid ? -1 : 1);

  function blank() {
    const none = key == null;
    for (const part of [head, pane, reply.node]) part.hidden = none;
    empty.hidden = !none;
    if (none) say(0);
  }

  function say(count) {
    fresh = count;
    below.hidden = !count;
    below.textContent = `${count} new ↓`;
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
    quiet();
    try {
      await news.fill(ask("thread", { key, ...where }), (answer) => mine === turn && fill(answer, where.around));
    } catch (error) {
      if (mine === turn) failed(error);
    } finally {
      loud();
    }
  }

  function fill({ rows, conversation, ...places }, around) {
    const { theirs, name: called } = conversation;
    name.textContent = called || theirs;
    number.textContent = called ? theirs : "";
    ours.textContent = `and ${conversation.ours}`;
    reply.label(called ? `${called}, ${theirs}` : theirs);
    ({ earlier, later } = places);
    const known = new Map(entries.map((one) => [one.row.sid, one]));
    entries = rows.map((row) => {
      const one = known.get(row.sid) ?? entry(row, { ask });
      one.update(row);
      return one;
    });
    const kept = new Set(entries.map((one) => one.node));
    [...texts.children].filter((child) => !kept.has(child)).forEach((child) => child.remove());
    entries.forEach((one, n) => place(texts, one.node, texts.children[n] ?? null));
    arrange();
    say(0);
    const meant = around && entries.find((one) => one.row.sid === around);
    if (meant) {
      meant.node.scrollIntoView({ block: "center" });
      meant.node.classList.add("meant");
    } else toEnd();
    return true;
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
    quiet();
    const show = (answer) => mine === turn && extend(where, anchor, answer);
    try {
      // What was told meanwhile is counted where it was not part of the answer: further down.
      await news.fill(ask("thread", { key, [where]: anchor.row.sid }), show, where === "before" ? refresh : take);
    } catch (error) {
      failed(error);
    } finally {
      loud();
    }
  }

  function extend(where, anchor, answer) {
    const offset = anchor.node.offsetTop - log.scrollTop;
    const known = new Set(entries.map((one) => one.row.sid));
    const more = answer.rows.filter((row) => !known.has(row.sid)).map((row) => entry(row, { ask }));
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
    return true;
  }

  /** Take what has changed; where somebody reads further up, nothing moves under their eyes. */
  function take({ rows, deleted }) {
    if (key == null) return;
    const followed = !later && atEnd();
    const top = log.scrollTop;
    deleted.forEach(forget);
    let came = 0;
    for (const row of rows) if (row.key === key && put(row)) came += 1;
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
  }

  /** Take of what has changed what is about the texts that are here. */
  function refresh({ rows, deleted }) {
    deleted.forEach(forget);
    for (const row of rows) entries.find((one) => one.row.sid === row.sid)?.update(row);
  }

  function put(row) {
    const known = entries.find((one) => one.row.sid === row.sid);
    if (known) {
      const moves = known.row.time !== row.time;
      known.update(row);
      if (moves) entries.sort(inOrder).forEach((one, n) => place(texts, one.node, texts.children[n] ?? null));
      return false;
    }
    if (!row.inbound) settle(row);
    const [first, last] = [entries[0], entries.at(-1)];
    const one = entry(row, { ask });
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
    explain: reply.explain,
    again: () => show(key, later ? { around: entries[Math.floor(entries.length / 2)]?.row.sid } : {}),
    focus: () => (getComputedStyle(leave).display === "none" ? log : leave).focus({ preventScroll: true }),
    news: news.tell,
    clear() {
      turn++;
      entries = [];
      texts.replaceChildren();
    },
  };
}
