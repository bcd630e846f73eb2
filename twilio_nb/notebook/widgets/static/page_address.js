// The address at which a person reaches this Jupyter Server: only the page knows it.

/** The page's own origin with Jupyter's base URL, in JupyterLab, Notebook 7 and Voilà. */
function address() {
  let base = document.body.dataset.baseUrl;
  try {
    base = JSON.parse(document.getElementById("jupyter-config-data").textContent).baseUrl ?? base;
  } catch {
    // Another front end.
  }
  return base ? new URL(base, location.href).href : null;
}

function render({ model, el }) {
  const sentence = element("p", { role: "status" });
  const button = element("button", { type: "button", click: () => hear(line.ask("use", { url: address() })) }, "Use this address");
  const hear = (answer) =>
    answer.then(
      (said) => {
        const focused = document.activeElement === button;
        sentence.textContent = said.sentence;
        button.hidden = !said.offer;
        el.hidden = !said.sentence;
        if (focused && button.hidden) sentence.focus();
      },
      (error) => {
        sentence.textContent = error.message;
      },
    );
  const report = () => hear(line.ask("reached", { url: address() }));
  const line = talk(model, { told: report });
  sentence.tabIndex = -1;
  button.hidden = true;
  el.classList.add("twilio-nb", "page-address");
  el.append(sentence, button);
  report();
  return () => line.close();
}
export default { render };
