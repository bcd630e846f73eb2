// A button that says what it would change, and asks before it does.

/**
 * Make such a button. `act` does it, and fails with a sentence for people; `rest` has the focus meanwhile, since a
 * button that is disabled would lose it.
 */
function question({ label, change, agree = "Do it", act, rest }) {
  const about = element("p", { id: unique("question") }, change);
  const yes = element("button", { type: "button", class: "main", "aria-describedby": about.id, click: () => agreed() }, agree);
  const no = element("button", { type: "button", click: () => turn(false) }, "Cancel");
  const asking = element("div", { class: "asking", role: "group", "aria-label": label, hidden: true }, about, element("div", { class: "buttons" }, yes, no));
  const open = element("button", { type: "button", "aria-expanded": "false", click: () => turn(asking.hidden) }, label);
  const turn = (shown) => {
    asking.hidden = !shown;
    about.textContent = change; // and not what went wrong the last time
    about.className = "";
    open.setAttribute("aria-expanded", String(shown));
    (shown ? yes : open).focus();
  };
  const agreed = async () => {
    rest.focus();
    yes.disabled = no.disabled = true;
    about.textContent = "One moment …";
    try {
      await act();
    } catch (error) {
      about.textContent = error.message;
      about.className = "error";
      yes.disabled = no.disabled = false;
      yes.focus();
    }
  };
  asking.addEventListener("keydown", (event) => {
    if (event.key === "Escape") turn(false);
  });
  return element("div", { class: "question" }, open, asking);
}
