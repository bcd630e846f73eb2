// An address to be copied into Twilio's console.

function render({ model, el }) {
  const id = unique("copy");
  const said = element("p", { class: "note", role: "status" });
  const label = element("label", { for: id });
  const field = element("input", { id, type: "text", readonly: true });
  const button = copyButton(field, said);
  const beside = element("div", { class: "beside" }, field, button);
  const show = () => {
    label.textContent = model.get("label");
    field.value = model.get("value");
    beside.hidden = !field.value;
    said.textContent = field.value ? "" : model.get("empty");
    said.classList.toggle("instead", !field.value);
    button.setAttribute("aria-label", `Copy: ${model.get("label")}`);
  };
  model.on("change", show);
  el.classList.add("twilio-nb", "field");
  el.append(label, beside, said);
  show();
  return () => model.off("change", show);
}
export default { render };
