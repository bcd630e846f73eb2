// A question mark behind a word: what it means is its tooltip, and stands below after a click or a key.

/** `button` goes behind the word that is meant, `text` into a line below; `say` fills both. */
function explanation(name) {
  const text = element("p", { id: unique("explanation"), class: "muted", hidden: true });
  const button = element(
    "button",
    {
      type: "button",
      class: "explain",
      "aria-label": name,
      "aria-expanded": "false",
      "aria-controls": text.id,
      click: () => {
        text.hidden = !text.hidden;
        button.setAttribute("aria-expanded", String(!text.hidden));
      },
    },
    "?",
  );
  return {
    button,
    text,
    say(sentence) {
      text.textContent = button.title = sentence;
    },
  };
}
