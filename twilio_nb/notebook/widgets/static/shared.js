// Shared by all views: elements out of text, and the talk with the kernel (see view.py).
// Nothing here or in a view makes markup out of a string: a text message is hostile input.

const PATIENCE = 1500; // milliseconds after which a person is told why nothing happens

/** Make an element. Attributes that are functions listen to events; children that are strings become text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

/** What people wrote, with a reading direction of its own. */
function written(text, attributes = {}) {
  return element("bdi", { dir: "auto", ...attributes }, text ?? "");
}

/** Put a text into an element, unless it is there: a selection stays, and nothing is read out again. */
function write(node, text) {
  if (node.textContent !== String(text)) node.textContent = text;
}

/**
 * Keep keys from Jupyter, whose commands they are in command mode; Ctrl+S and its like pass. Returns what ends that.
 *
 * If the node is part of a form, the whole form is meant. JupyterLab hears a key after the element that has the
 * focus, Notebook 7 before it; both pass over an element that says so itself, and only then.
 */
function keepKeys(node) {
  const keep = ({ target, key, ctrlKey, metaKey, altKey }) => {
    const whole = node.closest(".twilio-nb-form, .twilio-nb-compose") ?? node;
    const isJupyters = (ctrlKey || metaKey || altKey) && key !== "Enter";
    if (whole.contains(target)) target.toggleAttribute("data-lm-suppress-shortcuts", !isJupyters);
  };
  window.addEventListener("keydown", keep, true); // before the document's, which is Jupyter's
  return () => window.removeEventListener("keydown", keep, true);
}

/** A secret as buffers for `ask`: whoever logs at level DEBUG in a notebook has all else of a message in its output. */
function unlogged(secret) {
  return secret ? [new TextEncoder().encode(secret).buffer] : [];
}

/** A name that no other element of the page has. */
function unique(prefix) {
  unique.count = (unique.count ?? 0) + 1;
  return `twilio-nb-${prefix}-${Date.now().toString(36)}-${unique.count}`;
}

/**
 * Talk with the kernel.
 *
 * `told` is called with what the kernel tells by itself, `waiting` with true and false as the kernel keeps a
 * person waiting. `ask(name, keywords, buffers)` promises the answer; `answer.buffers` are its bytes. The promise
 * fails with a sentence for people. `close()` ends the talk when the view goes.
 */
function talk(model, { told = () => {}, waiting = () => {} } = {}) {
  const view = unique("view");
  const asked = new Map();
  let count = 0;
  const hear = (message, buffers) => {
    if (message.tell) return told(message);
    const question = asked.get(message.answer);
    if (!question) return; // another view's
    asked.delete(message.answer);
    clearTimeout(question.late);
    if (![...asked.values()].some((other) => other.isLate)) waiting(false);
    if (message.error) question.reject(new Error(message.error));
    else question.resolve({ ...message, buffers });
  };
  model.on("msg:custom", hear);
  return {
    ask(name, keywords = {}, buffers = []) {
      const id = `${view}:${++count}`;
      return new Promise((resolve, reject) => {
        const question = { resolve, reject };
        question.late = setTimeout(() => {
          question.isLate = true;
          waiting(true);
        }, PATIENCE);
        asked.set(id, question);
        model.send({ ask: name, id, view, ...keywords }, undefined, buffers);
      });
    },
    close() {
      model.off("msg:custom", hear);
      for (const question of asked.values()) clearTimeout(question.late);
      asked.clear();
      try {
        model.send({ ask: "bye", view });
      } catch {
        // The widget was closed, or its kernel is gone.
      }
    },
  };
}
