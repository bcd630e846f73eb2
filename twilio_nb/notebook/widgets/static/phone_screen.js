// The screen of a phone: its texts in bubbles, the newest at the bottom. It stands before phone.js.

const MOST = 200; // bubbles
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The texts in the page, at most MOST of them in one piece, each with its row; `anew` has it filled again. */
function makeScreen({ ask, say, anew }) {
  const rows = element("div", { class: "bubbles", role: "log", "aria-label": "Texts" });
  const older = element("button", { type: "button", hidden: true, click: () => turn() }, "");
  const newest = element("button", { type: "button", hidden: true, click: () => back() }, "");
  const empty = element("p", { class: "muted", hidden: true }, "No texts yet.");
  const typing = element("div", { class: "typing", role: "status" });
  const node = element(
    "div",
    { class: "screen", tabindex: "0", role: "region", "aria-label": "Conversation" },
    ...[older, empty, rows, newest, typing],
  );
  const urls = new Set();
  let texts = []; // in the order of the page
  let echoes = []; // what was sent from here and is not among the texts yet
  let earlier = 0;
  let missed = 0; // newer texts, while older ones are looked at
  let isAtEnd = true;

  const atBottom = () => node.scrollHeight - node.scrollTop - node.clientHeight < 40;
  const scroll = () => (node.scrollTop = node.scrollHeight);
  const later = (one, other) => one.time > other.time || (one.time === other.time && one.sid > other.sid);

  function pictureUrl(content, type) {
    const url = URL.createObjectURL(new Blob([content], { type }));
    urls.add(url);
    return url;
  }

  /** A button that shows a picture, which stays the same element, so that the focus stays too. */
  function picture(file, thumbnail) {
    const isPicture = PICTURES.includes(file.type);
    const shut = isPicture ? "Show picture" : `Save file (${file.type})`;
    let url = thumbnail;
    const button = element("button", { type: "button", class: "picture", click: press }, shut);
    function open() {
      button.replaceChildren(element("img", { src: url, alt: "Picture, press to hide", load: () => wasAtBottom && scroll() }));
    }
    let wasAtBottom = false;
    async function press() {
      if (button.querySelector("img")) return button.replaceChildren(shut);
      wasAtBottom = atBottom();
      if (!url) {
        button.setAttribute("aria-busy", "true");
        try {
          const answer = await ask("picture", { url: file.url });
          const type = PICTURES.includes(answer.type) ? answer.type : "application/octet-stream";
          url = pictureUrl(answer.buffers[0], type);
        } catch (error) {
          return say(error.message, true);
        } finally {
          button.removeAttribute("aria-busy");
        }
      }
      if (isPicture) open();
      else element("a", { href: url, download: `file.${file.type.split("/")[1]}` }).click();
    }
    if (url && isPicture) open();
    return button;
  }

  function makeRow(text, thumbnails = []) {
    const time = new Date(text.time);
    const tick = text.isEcho
      ? element("span", { title: "Sending" }, "◷", element("span", { class: "spoken" }, " sending"))
      : element("span", { title: "Delivered" }, "✓", element("span", { class: "spoken" }, " delivered"));
    const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return element(
      "div",
      { class: `row${text.own ? " own" : ""}${text.isEcho ? " sending" : ""}` },
      element("div", { class: "label" }),
      element(
        "div",
        { class: "bubble" },
        element("span", { class: "spoken" }, text.own ? `To ${text.to}: ` : `From ${text.from}: `),
        text.body !== "" && written(text.body),
        ...text.files.map((file, n) => picture(file, thumbnails[n])),
        element(
          "div",
          { class: "meta" },
          element("time", { datetime: text.time, title: time.toLocaleString() }, clock),
          text.own && " ",
          text.own && tick,
        ),
      ),
    );
  }

  /** Say above a text what is new with it: the day, and the number if the phone knows several. */
  function label() {
    const theirs = (text) => (text.own ? text.to : text.from);
    const isMixed = new Set(texts.map(theirs)).size > 1;
    const today = new Date().toDateString();
    let before;
    for (const text of [...texts, ...echoes]) {
      const day = new Date(text.time).toDateString();
      const parts = [];
      if (day !== (before ? new Date(before.time).toDateString() : today)) {
        parts.push(day === today ? "Today" : new Date(text.time).toLocaleDateString());
      }
      if (isMixed && (!before || theirs(before) !== theirs(text))) parts.push(theirs(text));
      const label = text.row.querySelector(".label");
      if (label.textContent !== parts.join(" · ")) label.textContent = parts.join(" · ");
      before = text;
    }
    empty.hidden = texts.length + echoes.length > 0;
    older.hidden = earlier === 0;
    older.textContent = `Earlier texts (${earlier.toLocaleString()})`;
    newest.hidden = isAtEnd;
    newest.textContent = missed ? `Newest texts (${missed} new)` : "Newest texts";
    const isAsking = isAtEnd && texts.some((text) => text.asking);
    if (isAsking !== typing.hasChildNodes()) {
      const dots = [0, 1, 2].map(() => element("i", { "aria-hidden": "true" }));
      typing.replaceChildren(...(isAsking ? [...dots, " waiting for the answer"] : []));
    }
  }

  function put(text) {
    const known = texts.find((one) => one.sid === text.sid);
    if (known) {
      if (known.change < text.change) Object.assign(known, { asking: text.asking, change: text.change });
      return;
    }
    if (!isAtEnd && (texts.length === 0 || later(text, texts.at(-1)))) {
      missed += 1;
      return;
    }
    const echo = text.own && echoes.find((one) => one.body === text.body && one.files.length === text.files.length);
    if (echo) {
      echoes = echoes.filter((one) => one !== echo);
      echo.row.remove();
    }
    text.row = makeRow(text, echo ? echo.files.map((file) => file.thumbnail) : []);
    const place = texts.findLastIndex((one) => later(text, one)) + 1;
    rows.insertBefore(text.row, (texts[place] ?? echoes[0])?.row ?? null);
    texts.splice(place, 0, text);
  }

  function add(news) {
    const follow = isAtEnd && atBottom();
    news.forEach(put);
    while (texts.length > MOST) {
      texts.shift().row.remove();
      earlier += 1;
    }
    label();
    if (follow) scroll();
  }

  function fill(answer) {
    [isAtEnd, missed, earlier] = [true, 0, answer.earlier];
    for (const text of texts) text.row.remove();
    texts = [];
    answer.texts.forEach(put);
    label();
    scroll();
  }

  async function turn() {
    try {
      const answer = await ask("earlier", { before: texts[0].sid });
      const height = node.scrollHeight - node.scrollTop;
      for (const text of answer.texts) put(text);
      earlier = answer.earlier;
      while (texts.length > MOST) {
        texts.pop().row.remove();
        isAtEnd = false;
      }
      label();
      node.scrollTop = node.scrollHeight - height;
      if (older.hidden) node.focus();
    } catch (error) {
      say(error.message, true);
    }
  }

  async function back() {
    await anew();
    node.focus();
  }

  return {
    node,
    add,
    fill,
    pictureUrl,
    /** Show what is being sent, until it is among the texts; returns what takes it away. */
    echo(to, body, files) {
      const text = { isEcho: true, own: true, to, body, files, asking: false, time: new Date().toISOString() };
      text.row = makeRow(text, files.map((file) => file.thumbnail));
      echoes.push(text);
      rows.append(text.row);
      label();
      scroll();
      return {
        isWaiting: () => echoes.includes(text),
        remove() {
          echoes = echoes.filter((one) => one !== text);
          text.row.remove();
          label();
        },
      };
    },
    close: () => urls.forEach((url) => URL.revokeObjectURL(url)),
  };
}
