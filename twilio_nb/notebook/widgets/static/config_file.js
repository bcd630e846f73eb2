// The retired service's config.json. What is pasted in is no state of the widget: it may hold a token by mistake.

function render({ model, el }) {
  const id = unique("file");
  const said = element("p", { class: "note", role: "status" });
  const area = element("textarea", { id, rows: 9, spellcheck: "false", autocomplete: "off" });
  const line = talk(model, {
    waiting: (late) => {
      if (late) said.textContent = "Waiting for the kernel, which is running a cell …";
    },
  });
  const button = (name, click) => element("button", { type: "button", click }, name);
  const ask = async (name, buffers) => {
    try {
      return await line.ask(name, {}, buffers);
    } catch (error) {
      said.textContent = error.message;
      return null;
    }
  };
  const read = async () => {
    const answer = await ask("read", unlogged(area.value));
    if (!answer) return; // what is refused stays, to be corrected
    said.textContent = answer.sentence;
    if (answer.forget) area.value = ""; // it holds the token
  };
  const write = async () => {
    const answer = await ask("write");
    if (!answer) return;
    area.value = answer.text;
    said.textContent = await copied(area);
  };
  el.classList.add("twilio-nb", "config-file");
  el.append(
    element(
      "details",
      {},
      element("summary", {}, "config.json of App Services"),
      element("label", { for: id }, "Paste a file of the retired service here, or copy this service's out. The token is never in it."),
      area,
      element("div", { class: "buttons" }, button("Fill in from it", read), button("Copy out", write)),
      said,
    ),
  );
  return () => line.close();
}
export default { render };
