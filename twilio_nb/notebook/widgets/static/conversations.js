// The list of conversations: a window of it, and what leads to others.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const COUNT = new Intl.NumberFormat();

/** When something was, as short as it stays clear. */
function when(time) {
  if (time == null) return element("time", {}, "no time");
  const date = new Date(time);
  const now = new Date();
  const sameYear = date.getFullYear() === now.getFullYear();
  const text = date.toDateString() === now.toDateString() ? CLOCK : sameYear ? DAY : DATE;
  return element("time", { datetime: date.toISOString(), title: WHOLE.format(date) }, text.format(date));
}

/** Call a function once a person has stopped typing. */
function debounced(call, pause = 200) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, pause);
  };
}

/** Move an element without taking the focus from what is in it. */
function place(parent, child, before) {
  if (child.parentNode === parent && child.nextSibling === before) return;
  const focused = child.contains(child.getRootNode().activeElement) ? child.getRootNode().activeElement : null;
  parent.insertBefore(child, before);
  focused?.focus({ preventScroll: true });
}

/** Buttons to the windows before and after this one; `go` takes the offset of another. */
function pager(size, what, go) {
  let offset = 0;
  const said = element("span", { class: "muted" });
  const back = element("button", { type: "button", "aria-label": `Newer ${what}`, click: () => go(offset - size) }, "‹");
  const on = element("button", { type: "button", "aria-label": `More ${what}`, click: () => go(offset + size) }, "›");
  const node = element("div", { class: "pager" }, back, said, on);
  return {
    node,
    show(first, shown, total) {
      offset = first;
      const focused = node.getRootNode().activeElement;
      back.disabled = first === 0;
      on.disabled = first + shown >= total;
      if (node.contains(focused) && focused.disabled) (back.disabled ? on : back).focus();
      back.hidden = on.hidden = total <= size && first === 0;
      const [from, to, of] = [first + 1, first + shown, total].map((number) => COUNT.format(number));
      said.textContent = total ? `${from} to ${to} of ${of}` : "";
    },
  };
}

/**
 * News for a window, which is asked for now and then: what is told between question and answer is not lost in it.
 *
 * `take` brings the window up to date with news. `fill` shows the answer to a question, and then takes what came
 * since and is not part of it.
 */
function newsFor(take) {
  let recent = [];
  let open = 0;
  return {
    tell(news) {
      if (open) recent.push(news);
      take(news);
    },
    async fill(question, show, again = take) {
      open += 1;
      try {
        const answer = await question;
        if (show(answer)) recent.filter((news) => news.number > answer.number).forEach((news) => again(news));
      } finally {
        open -= 1;
        if (!open) recent = [];
      }
    },
  };
}

/** `open` is called with the key of the conversation that a person chose. */
function conversationList({ ask, open, failed }) {
  const size = 40;
  const shown = new Map(); // of each key, its row and its elements
  let offset = 0;
  let total = 0;
  let current = null;
  let turn = 0;
  let active = false;
  const news = newsFor(take);

  const search = element("input", {
    type: "search", placeholder: "Search", "aria-label": "Search conversations", input: debounced(() => load(0)),
  });
  const waiting = element("input", { type: "checkbox", change: () => load(0) });
  const list = element("ul", { "aria-label": "Conversations", keydown: move });
  const nothing = element("p", { class: "muted nothing", hidden: true });
  const pages = pager(size, "conversations", load);
  const node = element("section", { class: "people", "aria-label": "Conversations" },
    element("div", { class: "bar" }, search, element("label", {}, waiting, " Unanswered")),
    list, nothing, pages.node);

  async function load(first = offset) {
    const mine = ++turn;
    active = true;
    const asked = { search: search.value, waiting: waiting.checked, offset: Math.max(0, first) };
    try {
      await news.fill(ask("conversations", asked), (answer) => {
        if (mine !== turn) return false;
        ({ offset, total } = answer);
        const keys = new Set(answer.rows.map((row) => row.key));
        for (const key of [...shown.keys()]) if (!keys.has(key)) drop(key);
        answer.rows.forEach(put);
        arrange();
        return true;
      });
    } catch (error) {
      failed(error);
    }
  }

  /** Take what has changed, as far as it belongs into this window. */
  function take({ conversations, gone, people }) {
    const narrowed = search.value.trim() !== "";
    const before = shown.size;
    const last = inOrder().at(-1);
    for (const row of conversations) {
      const here = shown.has(row.key);
      if (waiting.checked && !row.unanswered) drop(row.key);
      else if (here || (offset === 0 && !narrowed && (before < size || !last || row.time >= last.row.time))) put(row);
    }
    gone.forEach(drop);
    if (!narrowed && !waiting.checked) total = people;
    if (narrowed || waiting.checked || offset > 0 || shown.size < before) refill();
    arrange();
  }

  function put(row) {
    const one = shown.get(row.key) ?? make(row.key);
    one.row = row;
    write(one.name, row.name || row.theirs);
    write(one.number, row.name ? row.theirs : "");
    write(one.ours, `to ${row.ours}`);
    one.time.replaceChildren(when(row.time));
    one.excerpt.replaceChildren(element("span", { class: "muted" }, row.inbound ? "" : "You: "), written(row.excerpt));
    one.badge.hidden = !row.unanswered;
    write(one.badge, row.unanswered);
    write(one.told, row.unanswered ? ` unanswered, ${row.texts} texts` : ` ${row.texts} texts`);
    write(one.count, COUNT.format(row.texts));
  }

  function make(key) {
    const one = { key };
    for (const part of ["name", "number", "ours", "time", "excerpt"]) one[part] = element("span", { class: part });
    one.badge = element("span", { class: "badge" });
    one.told = element("span", { class: "spoken" });
    one.count = element("span", { class: "muted count", "aria-hidden": "true" });
    one.button = element("button", { type: "button", tabindex: -1, click: () => open(key) },
      element("span", { class: "line" }, one.name, one.number, one.time),
      element("span", { class: "line" }, one.excerpt, one.count, one.badge, one.told), one.ours);
    one.item = element("li", {}, one.button);
    shown.set(key, one);
    return one;
  }

  function drop(key) {
    shown.get(key)?.item.remove();
    shown.delete(key);
  }

  function inOrder() {
    return [...shown.values()].sort((one, other) => other.row.time - one.row.time || other.key - one.key);
  }

  function arrange() {
    const ordered = inOrder();
    ordered.slice(size).forEach((one) => drop(one.key));
    ordered.splice(size);
    ordered.forEach((one, n) => place(list, one.item, list.children[n] ?? null));
    list.classList.toggle("several", new Set(ordered.map((one) => one.row.ours)).size > 1);
    pages.show(offset, ordered.length, Math.max(total, offset + ordered.length));
    nothing.hidden = ordered.length > 0;
    nothing.textContent = search.value || waiting.checked ? "No conversation is like that." : "No texts yet.";
    mark(current);
  }

  function mark(key) {
    current = key;
    const chosen = shown.get(key) ?? inOrder()[0];
    for (const one of shown.values()) {
      if (one.key === key) one.button.setAttribute("aria-current", "true");
      else one.button.removeAttribute("aria-current");
      one.button.tabIndex = one === chosen ? 0 : -1;
    }
  }

  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...list.querySelectorAll("button")];
    const at = buttons.indexOf(list.getRootNode().activeElement);
    buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)]?.focus();
  }

  return {
    node,
    load,
    mark,
    focus: () => (shown.get(current)?.button ?? list.querySelector("button") ?? search).focus(),
    news: news.tell,
    clear() {
      turn++;
      active = false;
      [...shown.keys()].forEach(drop);
    },
  };

  // What this window lacks by now only the kernel knows.
  function refill() {
    clearTimeout(refill.timer);
    refill.timer = setTimeout(() => active && node.isConnected && load(), 500);
  }
}
