// The inbox: conversations and a thread side by side, or a table of all texts.

function render({ model, el }) {
  let heard = null; // the number of what was told last; null until the kernel has said hello
  let early = null; // what was told before that
  let view = "conversations";
  let reading = null; // the conversation that is open
  let pause = null; // set after the windows were asked for anew

  const line = talk(model, { told, waiting });
  const { ask } = line;
  const count = element("span", { class: "muted" });
  const status = element("p", { class: "notice", role: "status" });
  const late = element("span");
  const stale = element("span", { class: "error" });
  const wrong = element("span", { class: "error" });
  status.append(late, stale, wrong);
  const failed = (error) => { wrong.textContent = ` ${error.message}`; };

  const people = conversationList({ ask, open: choose, failed });
  const thread = threadView({ ask, failed, back });
  const table = textTable({ ask, failed, open: (key, sid) => openAt(key, sid) });
  const views = {};
  for (const [name, label] of [["conversations", "Conversations"], ["table", "Table"]]) {
    views[name] = element("button", { type: "button", "aria-pressed": "false", click: () => turnTo(name) }, label);
  }
  const refresh = element("button", {
    type: "button", title: "For places where new texts do not show by themselves", click: look,
  }, "Refresh");
  const body = element("div", { class: "panes" }, people.node, thread.node);
  const root = element("div", { class: "twilio-nb inbox", role: "group", "aria-label": "Inbox" },
    element("div", { class: "bar top" },
      element("span", { class: "switch" }, views.conversations, views.table), count, refresh),
    status, body, table.node);
  el.append(root);
  const release = keepKeys(root);

  function waiting(isLate) {
    late.textContent = isLate ? "The kernel is busy; it answers when the running cell is done. " : "";
  }

  function state(counted) {
    const [texts, people, open] = [counted.texts, counted.people, counted.waiting].map((n) => COUNT.format(n));
    const words = [counted.texts === 1 ? "text" : "texts", counted.people === 1 ? "conversation" : "conversations"];
    count.textContent = `${texts} ${words[0]}, ${people} ${words[1]}, ${open} unanswered`;
    say(counted.trouble);
  }

  function say(trouble) {
    stale.textContent = trouble ? `${trouble[0].toUpperCase()}${trouble.slice(1)} This goes on by itself.` : "";
  }

  function choose(key) {
    openAt(key);
    if (getComputedStyle(people.node).display === "none") thread.focus();
  }

  function openAt(key, sid) {
    wrong.textContent = "";
    reading = key;
    if (view !== "conversations") arrange("conversations");
    people.mark(key);
    root.classList.toggle("reading", key != null);
    thread.show(key, sid ? { around: sid } : {});
    note();
  }

  function back() {
    root.classList.remove("reading");
    people.focus();
  }

  function turnTo(name) {
    wrong.textContent = "";
    arrange(name);
    if (name === "conversations") thread.show(reading);
    note();
  }

  // What nobody sees is not kept: a page has 200 rows at most.
  function arrange(name) {
    view = name;
    for (const [one, button] of Object.entries(views)) button.setAttribute("aria-pressed", String(one === name));
    const isTable = name === "table";
    body.hidden = isTable;
    table.node.hidden = !isTable;
    if (isTable) {
      people.clear();
      thread.clear();
      table.load();
    } else {
      table.clear();
      people.load();
    }
  }

  // Where very much comes, windows are asked for now and then, and not with every batch.
  function anew() {
    if (pause) {
      pause.again = true;
      return;
    }
    pause = { again: false };
    setTimeout(() => {
      const { again } = pause;
      pause = null;
      if (again && root.isConnected) anew();
    }, 400);
    if (view === "table") table.load();
    else {
      people.load();
      thread.again();
    }
  }

  function note() {
    ask("show", { key: reading, view }).catch(failed);
  }

  async function look() {
    wrong.textContent = "";
    try {
      await ask("look");
    } catch (error) {
      failed(error);
    }
    anew();
  }

  function told(what) {
    if (what.tell === "trouble") {
      say(what.trouble);
      return;
    }
    if (heard === null) {
      early = what;
      return;
    }
    if (what.tell === "selected") {
      table.select(what.marked);
      reading = what.open;
      if (what.view === "table") arrange("table");
      else openAt(reading);
      return;
    }
    state(what);
    const missed = what.number > heard + 1;
    heard = Math.max(heard, what.number);
    if (what.tell === "anew" || missed) anew();
    else if (view === "table") table.news(what);
    else {
      people.news(what);
      thread.news(what);
    }
  }

  ask("hello").then((answer) => {
    heard = answer.number;
    state(answer);
    thread.explain(answer.explained);
    root.setAttribute("aria-label", `Inbox of ${answer.service}`);
    table.select(answer.marked);
    reading = answer.open;
    arrange(answer.view);
    people.mark(reading);
    root.classList.toggle("reading", reading != null);
    thread.show(reading);
    if (early?.number > heard) told(early); // the answer to hello had the others
  }, failed);

  return () => {
    release();
    line.close();
  };
}

export default { render };
