// A password field. What is typed stays in the page until it is saved, goes to the kernel once, and is gone here.

function render({ model, el }) {
  const id = unique("secret");
  const label = element("label", { for: id });
  const note = element("p", { id: `${id}-note`, class: "note", role: "status" });
  const input = element("input", {
    id,
    type: "password",
    autocomplete: "new-password",
    spellcheck: "false",
    "aria-describedby": note.id,
    keydown: (event) => {
      if (event.key === "Enter") line.ask("enter");
    },
  });
  const line = talk(model, {
    told: (what) => {
      if (what.tell !== "hand over") return;
      const value = input.value;
      input.value = "";
      line.ask("keep", {}, unlogged(value)).catch((error) => {
        note.textContent = error.message;
      });
    },
  });
  const show = () => {
    label.textContent = model.get("label");
    note.textContent = model.get("note");
    note.className = `note ${model.get("kind")}`;
  };
  model.on("change:label change:note change:kind", show);
  el.classList.add("twilio-nb", "field");
  el.append(label, input, note);
  show();
  line.ask("hello");
  return () => {
    model.off("change:label change:note change:kind", show);
    line.close();
  };
}
export default { render };
