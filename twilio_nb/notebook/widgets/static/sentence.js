// A sentence beside a field, told to a screen reader when it changes.

function render({ model, el }) {
  const show = () => {
    el.textContent = model.get("text");
    el.className = `twilio-nb note ${model.get("kind")}`;
  };
  el.setAttribute("role", "status");
  model.on("change", show);
  show();
  return () => model.off("change", show);
}
export default { render };
