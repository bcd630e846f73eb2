// The box to reply to a conversation.

/** Where a reply is written: Enter sends, Shift and Enter begin a line. */
function replyBox({ ask, sent, kept }) {
  let turn = 0;
  let shownFor = 0;
  const label = element("label", { class: "spoken", for: unique("reply") }, "Reply");
  const box = element("textarea", {
    id: label.getAttribute("for"), rows: 2, maxlength: 1600,
    placeholder: "Write a reply", input: () => { kept(box.value); count(); }, keydown: press,
  });
  const cost = element("span", { class: "muted cost" });
  const meaning = explanation("What are segments?");
  meaning.button.hidden = true;
  const wrong = element("p", { class: "error", role: "alert" });
  const button = element("button", { type: "submit", class: "main" }, "Send");
  const hint = element("span", { class: "muted hint" }, "Enter sends");
  const node = element("form", { class: "reply", submit: (event) => { event.preventDefault(); send(); } },
    label, box, element("div", { class: "bar" }, element("span", { class: "size" }, cost, " ", meaning.button), hint, button), meaning.text, wrong);
  let thread = null;

  const count = debounced(async () => {
    const mine = ++turn;
    meaning.button.hidden = !box.value.trim();
    if (!box.value.trim()) {
      cost.textContent = "";
      meaning.text.hidden = true;
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
    button.textContent = "Sending …";
    try {
      await ask("reply", { key: thread, body });
      if (mine === shownFor) {
        box.value = "";
        kept("");
        count();
        sent();
      }
    } catch (error) {
      if (mine === shownFor) wrong.textContent = error.message;
    }
    box.readOnly = false;
    button.textContent = "Send";
    if (mine === shownFor) box.focus({ preventScroll: true });
  }

  return {
    node,
    explain: meaning.say,
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
