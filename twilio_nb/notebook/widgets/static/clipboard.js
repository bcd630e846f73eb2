// Copying, also where a page without https has no clipboard: the text is selected then.

/** A button that copies what stands in a field; `said` tells what came of it. */
function copyButton(field, said, name) {
  const copy = async () => {
    said.textContent = await copied(field);
    if (said.textContent === "Copied.") button.focus();
  };
  const button = element("button", { type: "button", "aria-label": name, click: copy }, "Copy");
  return button;
}

/** Copy what stands in an input or a textarea; return a sentence that says what came of it. */
async function copied(field) {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return "Copied.";
  } catch {
    // No clipboard, or no permission. The old way works in most browsers, and is harmless where it does not.
    return document.execCommand("copy") ? "Copied." : "Selected; copy it with Ctrl+C or ⌘C.";
  }
}
