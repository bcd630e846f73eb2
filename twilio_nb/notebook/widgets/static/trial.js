// The form that tries a handler, in the panel of the webhooks.

function span(seconds) {
  if (seconds == null) return "–";
  if (seconds < 0.001) return "< 1 ms";
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

/** The form that tries a handler. */
function trialForm(ask) {
  const field = (label, input) => element("label", {}, element("span", {}, label), input);
  const sender = element("input", { value: "+15558675309", autocomplete: "off" });
  const to = element("input", { value: "+15005550006", autocomplete: "off" });
  const media = element("input", { type: "number", min: "0", max: "10", value: "0" });
  const body = element("textarea", { rows: "2" }, "Hello");
  const button = element("button", { type: "submit" }, "Try it");
  const result = element("div", { class: "result", role: "status" });
  const show = (answer) => {
    const bubbles = answer.replies.map((reply) => element("div", { class: "row own" }, element("div", { class: "bubble" }, written(reply))));
    const line = (text, kind) => element("p", { class: kind }, written(text));
    result.replaceChildren(
      ...(bubbles.length ? [element("p", { class: "muted" }, "It would text back:"), ...bubbles] : []),
      ...(bubbles.length || answer.wrong ? [] : [line("It would text nothing back.", "muted")]),
      ...(answer.wrong ? [line(answer.wrong, "error")] : []),
      ...answer.warnings.map((warning) => line(warning, "warning")),
      ...(answer.note ? [line(answer.note, "muted")] : []),
      element(
        "p",
        { class: "muted" },
        `Took ${span(answer.took)}${answer.status === 200 ? "" : `, status ${answer.status}`}.`,
      ),
    );
  };
  const submit = async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled")) return;
    result.replaceChildren(element("p", { class: "muted" }, "It runs …"));
    button.setAttribute("aria-disabled", "true");
    try {
      show(await ask({ sender: sender.value, to: to.value, body: body.value, media: Number(media.value) || 0 }));
    } catch (error) {
      result.replaceChildren(element("p", { class: "error" }, error.message));
    }
    button.removeAttribute("aria-disabled");
  };
  // In JupyterLab Enter submits no form by itself.
  const keydown = (event) => {
    if (event.key !== "Enter" || event.target.localName !== "input" || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  };
  const form = element(
    "form",
    { submit, keydown },
    field("From", sender),
    field("To", to),
    field("Pictures", media),
    element("label", { class: "wide" }, element("span", {}, "Body"), body),
    element("div", { class: "wide actions" }, button),
    result,
  );
  const hint = "Nothing is stored or texted, but by what the handler itself does; what it prints appears below its cell.";
  return element(
    "details",
    {},
    element("summary", {}, "Try it with a text"),
    element("p", { class: "muted" }, hint),
    form,
  );
}
