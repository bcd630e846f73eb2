// When texts were written: a list of periods, and two days for one of a person's own.

const PERIODS = [["", "Time: all"], ["today", "Today"], ["7", "Last 7 days"], ["30", "Last 30 days"], ["own", "Some days …"]];

/** `value` is what the kernel is asked for: `since` and `until` in milliseconds, days being those of the page. */
function periodChoice(changed) {
  const select = element("select", { "aria-label": "Time", change: turn },
    ...PERIODS.map(([value, label]) => element("option", { value }, label)));
  const day = (label) => element("input", { type: "date", "aria-label": label, change: changed });
  const [from, to] = [day("From this day"), day("To this day")];
  const days = element("span", { class: "days", hidden: true }, from, " to ", to);

  function turn() {
    days.hidden = select.value !== "own";
    if (!days.hidden) from.focus();
    changed();
  }

  /** The midnight with which a day begins, or one some days later; null for no day. */
  function midnight(date, later = 0) {
    if (!date) return null;
    const begun = new Date(date);
    begun.setHours(0, 0, 0, 0);
    begun.setDate(begun.getDate() + later);
    return begun.getTime();
  }

  return {
    nodes: [select, days],
    get value() {
      if (select.value === "own") {
        const [first, last] = [from, to].map((input) => input.value && `${input.value}T00:00`);
        return { since: midnight(first), until: midnight(last, 1) };
      }
      if (select.value === "today") return { since: midnight(Date.now()), until: null };
      return { since: select.value ? Date.now() - Number(select.value) * 86_400_000 : null, until: null };
    },
  };
}
