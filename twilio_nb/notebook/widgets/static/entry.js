// A text of a thread: its bubble, what became of it, and what its handler did about it.

const FAILED = ["failed", "undelivered"];

/** Make one. Its parts stay when it changes, so that neither the focus nor the place of a reader is lost. */
function entry(row, { ask }) {
  const body = written("", { class: "text" });
  const files = element("div", { class: "files" });
  const status = element("span");
  const meta = element("div", { class: "meta" });
  const advice = element("div", { class: "advice error" });
  const box = element("div", { class: "bubble" }, body, files, meta);
  const said = element("span");
  const wrong = element("span", { class: "error" });
  const why = element("span", { class: "muted" });
  const outcome = element("span", { class: "error" });
  const again = element("button", { type: "button", click: run });
  const handled = element("div", { class: "handled" }, said, wrong, why, again, outcome);
  const replies = element("div", { class: "replies" });
  const day = element("div", { class: "day" });
  const node = element("article", { class: "entry" }, day, box, advice, handled, replies);
  const one = { node, day, row };
  let sure = false; // that a text which was answered is to be answered once more
  let running = false;
  let kinds = "";
  let time; // which Twilio's own record corrects, where a callback was the first to tell of the text
  let pending = "[]"; // the replies that Twilio was given and has not called back about

  async function run() {
    if (running) return;
    if (one.row.handling?.ask && !sure) {
      sure = true;
      write(again, "Run it again, and text its reply again?");
      return;
    }
    [sure, running] = [false, true];
    write(again, "Running …");
    write(outcome, "");
    try {
      const answer = await ask("again", { sid: one.row.sid });
      const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      if (answer.error_of_handler) write(outcome, `It failed again, at ${now}.`);
    } catch (error) {
      write(outcome, error.message);
    }
    running = false;
    one.update(one.row);
  }

  one.update = (changed) => {
    one.row = changed;
    const { handling } = changed;
    write(body, changed.body);
    body.hidden = !changed.body;
    const types = changed.files.map((file) => file.type).join();
    if (types !== kinds) {
      kinds = types;
      files.replaceChildren(...changed.files.map((file, n) => medium(file, n, one, ask)));
    }
    box.classList.toggle("own", !changed.inbound);
    node.classList.toggle("own", !changed.inbound);
    if (changed.time !== time) meta.replaceChildren(clock((time = changed.time)), status);
    const segments = changed.segments > 1 ? ` · ${changed.segments} segments` : "";
    write(status, (changed.inbound ? "" : ` · ${changed.status.replace("_", " ") || "handed over"}`) + segments);
    status.classList.toggle("error", FAILED.includes(changed.status));
    advice.hidden = !changed.advice;
    write(advice, changed.advice);
    handled.hidden = !handling;
    write(said, handling?.sentence ?? "");
    write(wrong, handling?.error ?? "");
    write(why, handling?.hidden ?? "");
    again.hidden = !handling?.again;
    again.classList.toggle("quiet", Boolean(handling?.ask));
    if (!running && !sure) write(again, handling?.again ?? "");
    const given = JSON.stringify(handling?.replies ?? []);
    if (given !== pending) {
      pending = given;
      replies.replaceChildren(...JSON.parse(given).map((reply) =>
        element("div", { class: "bubble own" }, written(reply.body, { class: "text" }),
          element("div", { class: "meta" }, reply.files ? `${reply.files} files · ` : "", "handed to Twilio"))));
    }
  };
  one.update(row);
  return one;
}

function clock(time) {
  if (time == null) return element("time", {}, "no time");
  const date = new Date(time);
  return element("time", { datetime: date.toISOString(), title: WHOLE.format(date) }, CLOCK.format(date));
}

/** A picture after a click; of any other file, what it is. */
function medium(file, n, one, ask) {
  if (!file.picture) return element("div", {}, `A file${file.type && ` of type ${file.type}`}, which is not shown here.`);
  const kind = file.type.replace("image/", "").toUpperCase();
  const note = element("span", { class: "error", role: "status" });
  const shown = element("div");
  const button = element("button", { type: "button", "aria-expanded": "false", click: toggle }, `Show picture (${kind})`);

  async function toggle() {
    if (shown.firstChild) {
      shown.replaceChildren();
    } else {
      button.disabled = true;
      note.textContent = "";
      try {
        const answer = await ask("picture", { sid: one.row.sid, n });
        shown.replaceChildren(await image(answer.buffers[0], answer.type, one.row.from));
      } catch (error) {
        note.textContent = error.message;
      }
      button.disabled = false;
    }
    button.textContent = shown.firstChild ? "Hide picture" : `Show picture (${kind})`;
    button.setAttribute("aria-expanded", String(Boolean(shown.firstChild)));
    button.focus({ preventScroll: true });
  }
  return element("div", { class: "medium" }, button, note, shown);
}

/** Make a picture out of bytes; the address that it needs for a moment is gone once it is there. */
function image(bytes, type, from) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  return new Promise((resolve, reject) => {
    const end = (settle) => () => {
      URL.revokeObjectURL(address);
      settle();
    };
    const made = element("img", {
      alt: `Picture from ${from}`,
      load: end(() => resolve(made)),
      error: end(() => reject(new Error("This browser cannot show the picture."))),
    });
    made.src = address;
  });
}
