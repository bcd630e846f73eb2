// A phone: its texts, the newest at the bottom, and a line to write in. The kernel's side is phone.py.

const MOST = 200; // bubbles
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const FILES = 10;

/** The texts in the page, at most MOST of them in one piece, each with its row; they never change. */
function makeScreen({ ask, say }) {
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
    try {
      fill(await ask("hello"));
      node.focus();
    } catch (error) {
      say(error.message, true);
    }
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

/** The pictures that go along with the next text. */
function makeChooser({ say, largest, pictureUrl }) {
  let files = [];
  const input = element("input", { type: "file", multiple: true, accept: "image/*", hidden: true, change: choose });
  const button = element("button", { type: "button", click: () => input.click(), title: "Add pictures" }, "Picture");
  const list = element("div", { class: "chosen" });
  function show() {
    list.replaceChildren(
      ...files.map((file) =>
        element(
          "button",
          { type: "button", "aria-label": `Leave out ${file.name}`, click: () => leave(file) },
          file.thumbnail && element("img", { src: file.thumbnail, alt: "" }),
          written(file.name),
          " ✕",
        ),
      ),
    );
  }
  function leave(file) {
    files = files.filter((one) => one !== file);
    show();
    button.focus();
  }
  async function choose() {
    const chosen = [...files, ...[...input.files].map((file) => ({ file, name: file.name, type: file.type }))];
    input.value = "";
    const size = chosen.reduce((sum, one) => sum + one.file.size, 0);
    if (size > largest() || chosen.length > FILES) {
      const most = `${Math.floor(largest() / 1048576)} MB`;
      return say(`A text takes ${FILES} pictures with ${most} together; choose fewer, or smaller ones.`, true);
    }
    for (const one of chosen) {
      one.content ??= await one.file.arrayBuffer();
      if (PICTURES.includes(one.type)) one.thumbnail ??= pictureUrl(one.content, one.type);
    }
    files = chosen;
    say("");
    show();
  }
  return {
    input,
    button,
    list,
    take() {
      const taken = files;
      files = [];
      show();
      return taken;
    },
    give(back) {
      files = [...back, ...files].slice(0, FILES);
      show();
    },
  };
}

function render({ model, el }) {
  const note = element("p", { class: "note muted", role: "status" });
  const busy = element("p", { class: "note muted", role: "status" });
  const title = element("strong", {}, "Phone");
  const to = element("select", {});
  const partner = element("label", {}, "texts", to);
  const words = element("div", { class: "words" });
  const box = element("textarea", { rows: "1", placeholder: "Write a text", "aria-label": "Text", keydown: press });
  const form = element("form", { submit: (event) => (event.preventDefault(), write()) });
  const sending = new Set();
  let largest = 0;
  let told = null;

  const say = (sentence, isError = false) => {
    note.textContent = sentence;
    note.className = `note ${isError ? "error" : "muted"}`;
  };
  const line = talk(model, {
    told: hear,
    waiting(isLate) {
      // A text that is among the texts has left: it waits for its answer, not for the notebook.
      const stays = told === null || [...sending].some((echo) => echo.isWaiting());
      busy.textContent = isLate && stays ? "The notebook is busy with a cell; this goes on when it is done." : "";
    },
  });
  const screen = makeScreen({ ask: line.ask, say });
  const chooser = makeChooser({ say, largest: () => largest, pictureUrl: screen.pictureUrl });

  async function hello() {
    try {
      const answer = await line.ask("hello");
      told = answer.told;
      largest = answer.largest;
      title.textContent = `Phone ${answer.number}`;
      root.setAttribute("aria-label", title.textContent);
      if (to.length === 0) {
        to.append(...answer.reachable.map((address) => element("option", { value: address }, address)));
        if (to.length === 1) to.replaceWith(element("span", {}, answer.reachable[0])); // there is nothing to choose
        const offered = answer.join ? [answer.join] : ["STOP", "START", "HELP"];
        words.append(
          element("span", { class: "muted" }, answer.join ? "To join the sandbox, send" : "Send"),
          ...offered.map((word) => element("button", { type: "button", click: () => send(word, []) }, word)),
        );
      }
      screen.fill(answer);
      form.hidden = false;
    } catch (error) {
      say(error.message, true);
      note.append(" ", element("button", { type: "button", click: () => (say(""), hello()) }, "Try again"));
    }
  }

  function hear(message) {
    const isNext = told !== null && message.n === told + 1;
    const isOld = told !== null && message.n <= told;
    if (message.tell === "forgotten") {
      say("The simulated account was started anew and has forgotten what was before.");
      hello();
    } else if (isNext || isOld || told === null) {
      screen.add(message.texts);
    } else {
      hello();
    }
    if (isNext) told = message.n;
  }

  function press(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    write();
  }

  function write() {
    const body = box.value;
    if (body.trim() === "" && chooser.list.childElementCount === 0) return box.focus();
    box.value = "";
    box.focus();
    send(body, chooser.take());
  }

  async function send(body, files) {
    say("");
    const echo = screen.echo(to.value, body, files);
    sending.add(echo);
    try {
      const types = files.map((file) => file.type);
      const keywords = { body, to: to.value, types };
      const answer = await line.ask("text", keywords, files.map((file) => file.content));
      screen.add(answer.texts);
      if (answer.note) say(answer.note);
    } catch (error) {
      say(error.message, true);
      if (box.value === "") box.value = body;
      chooser.give(files);
    } finally {
      echo.remove();
      sending.delete(echo);
    }
  }

  form.append(
    chooser.list,
    element("div", { class: "line" }, box, chooser.input, chooser.button, element("button", { class: "main" }, "Send")),
    words,
  );
  form.hidden = true;
  const root = element(
    "section",
    { class: "twilio-nb phone mathjax_ignore tex2jax_ignore", "aria-label": "Phone" },
    element("header", {}, title, partner),
    ...[screen.node, busy, note, form],
  );
  keepKeys(root);
  el.append(root);
  hello();
  return () => {
    line.close();
    screen.close();
  };
}

export default { render };
