// A phone: its screen, and a line to write in. The kernel's side is phone.py.

const FILES = 10; // that go with a text

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
  let recent = []; // what was told since the texts were asked for, which the answer may not have

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
  const screen = makeScreen({ ask: line.ask, say, anew: hello });
  const chooser = makeChooser({ say, largest: () => largest, pictureUrl: screen.pictureUrl });

  async function hello() {
    recent = [];
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
      screen.add(recent);
      form.hidden = false;
    } catch (error) {
      say(error.message, true);
      note.append(" ", element("button", { type: "button", click: () => (say(""), hello()) }, "Try again"));
    }
  }

  function hear(message) {
    recent = [...recent, ...(message.texts ?? [])].slice(-MOST);
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
  el.append(root);
  const release = keepKeys(root);
  hello();
  return () => {
    release();
    line.close();
    screen.close();
  };
}

export default { render };
