// The button that removes the service which the form shows, and what became of that.

function render({ model, el }) {
  const said = element("p", { class: "note", role: "status", tabindex: "-1" });
  const place = element("div");
  const line = talk(model);
  const show = () => {
    const service = model.get("service");
    place.hidden = !service;
    if (!service) return;
    said.textContent = "";
    const change =
      `This removes '${service}', its account, sender and addresses, for all notebooks, and closes it here; what Twilio ` +
      "sends for it is refused from then on. Its texts, rules and webhooks stay, and so does its auth token: a service " +
      "of the same name finds them again. What stands in this form stays, to be corrected and saved.";
    const act = async () => {
      said.textContent = (await line.ask("remove", { service })).sentence;
    };
    place.replaceChildren(question({ label: "Remove this service …", change, agree: "Remove", act, rest: said }));
  };
  model.on("change:service", show);
  el.classList.add("twilio-nb", "removal");
  el.append(place, said);
  const release = keepKeys(el);
  show();
  line.ask("hello");
  return () => {
    model.off("change:service", show);
    release();
    line.close();
  };
}
export default { render };
