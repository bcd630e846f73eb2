// All texts in a table: a window of them, searched, filtered and sorted by the kernel.

function textTable({ ask, open, failed }) {
  const size = 100;
  const columns = [
    ["time", "Time"], ["direction", "Way"], ["from", "From"], ["to", "To"], ["body", "Text"],
    ["status", "Status"], ["num_segments", "Segments"], ["webhook", "Webhook"],
  ];
  const shown = new Map(); // of each SID, its row and its elements
  const marked = new Set();
  let offset = 0;
  let total = 0;
  let sort = "time";
  let descending = true;
  let turn = 0;
  const news = newsFor(take);

  const again = () => load(0);
  const search = element("input", {
    type: "search", placeholder: "Search texts and numbers", "aria-label": "Search texts", input: debounced(again),
  });
  const direction = choice("Way", again);
  const status = choice("Status", again);
  const webhook = choice("Webhook", again);
  direction.fill(["inbound", "outbound"]);
  const period = periodChoice(again);
  const picked = element("span", { class: "muted", role: "status" });
  const none = element("button", { type: "button", hidden: true, click: () => mark([...marked], false) }, "Select none");
  const more = element("button", { type: "button", class: "main", hidden: true, click: again }, "Show new texts");
  const every = element("input", {
    type: "checkbox", "aria-label": "Select all texts of this page",
    change: () => mark([...shown.keys()], every.checked),
  });
  const heads = new Map(columns.map(([name, label]) => {
    const arrow = element("span", { "aria-hidden": "true" });
    const button = element("button", { type: "button", click: () => sortBy(name) }, label, arrow);
    return [name, { cell: element("th", { scope: "col", role: "columnheader", class: name }, button), arrow }];
  }));
  const body = element("tbody", { role: "rowgroup" });
  const table = element("table", { role: "table" },
    element("caption", { class: "spoken" }, "Texts"),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, cell("box", every),
      ...[...heads.values()].map((head) => head.cell), cell("open"))),
    body);
  const nothing = element("p", { class: "muted nothing", hidden: true }, "No text is like that.");
  const sheet = element("div", {
    class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of texts",
  }, table, nothing);
  const pages = pager(size, "texts", load);
  const node = element("section", { class: "all-texts", "aria-label": "All texts" },
    element("div", { class: "bar" }, search, ...period.nodes, direction.node, status.node, webhook.node, more), sheet,
    element("div", { class: "bar foot" }, pages.node, picked, none));

  const chosen = () => ({
    search: search.value, direction: direction.value, status: status.value, webhook: webhook.value,
    ...period.value, sort, descending,
  });
  const plain = () => sort === "time" && descending && offset === 0 && !search.value.trim()
    && !direction.value && !status.value && !webhook.value && period.value.since == null && period.value.until == null;

  function sortBy(name) {
    descending = name === sort ? !descending : name === "time";
    sort = name;
    load(0);
  }

  async function load(first = offset) {
    const mine = ++turn;
    try {
      await news.fill(ask("texts", { ...chosen(), offset: Math.max(0, first) }), (answer) => {
        if (mine !== turn) return false;
        if (answer.offset !== offset) sheet.scrollTop = 0;
        ({ offset, total } = answer);
        status.fill(answer.statuses);
        webhook.fill(answer.webhooks);
        const sids = new Set(answer.rows.map((row) => row.sid));
        for (const sid of [...shown.keys()]) if (!sids.has(sid)) drop(sid);
        answer.rows.forEach((row, n) => place(body, put(row).line, body.children[n] ?? null));
        more.hidden = true;
        arrange();
        return true;
      });
    } catch (error) {
      if (mine === turn) failed(error);
    }
  }

  function take({ rows, deleted, texts }) {
    deleted.forEach(drop);
    const follow = plain() && sheet.scrollTop < 5;
    for (const row of rows) {
      if (shown.has(row.sid)) put(row);
      else if (!follow) more.hidden = false;
      else {
        const before = [...body.children].find((line) => older(line, row));
        if (before || shown.size < size) body.insertBefore(put(row).line, before ?? null);
      }
    }
    const lines = [...body.children];
    for (const [sid, one] of shown) if (lines.indexOf(one.line) >= size) drop(sid);
    if (plain()) total = texts;
    arrange();
  }

  function put(row) {
    const one = shown.get(row.sid) ?? make(row.sid);
    one.row = row;
    const cells = {
      direction: row.inbound ? "in" : "out", status: row.status,
      num_segments: row.segments ?? "", webhook: row.webhook,
    };
    for (const [name, text] of Object.entries(cells)) write(one[name], text);
    for (const side of ["from", "to"]) {
      write(one.address[side], row[side]);
      write(one.called[side], (side === "from") === row.inbound ? row.name : "");
    }
    write(one.text, row.body);
    write(one.files, row.files.length ? `${row.files.length} ${row.files.length === 1 ? "file" : "files"}` : "");
    one.status.classList.toggle("error", FAILED.includes(row.status));
    one.status.title = row.advice;
    if (one.when !== row.time) {
      one.when = row.time;
      one.time.replaceChildren(row.time == null ? "no time" : moment(row.time));
    }
    one.box.setAttribute("aria-label", `Select the text from ${row.from}: ${row.body.slice(0, 40)}`);
    one.open.setAttribute("aria-label", `Open the conversation of ${row.from} and ${row.to}`);
    one.open.hidden = row.key == null;
    return one;
  }

  function moment(time) {
    const date = new Date(time);
    return element("time", { datetime: date.toISOString(), title: WHOLE.format(date) },
      `${DATE.format(date)}, ${CLOCK.format(date)}`);
  }

  function make(sid) {
    const one = { text: written("", { class: "text" }), files: element("span", { class: "muted" }) };
    one.box = element("input", { type: "checkbox", change: () => mark([sid], one.box.checked) });
    one.open = element("button", { type: "button", click: () => open(one.row.key, sid) }, "Open");
    for (const [name] of columns) one[name] = cell(name);
    one.body.append(one.text, one.files);
    [one.address, one.called] = [{}, {}];
    for (const side of ["from", "to"]) {
      one.address[side] = element("span");
      one.called[side] = written("", { class: "called muted" });
      one[side].append(one.address[side], one.called[side]);
    }
    one.line = element("tr", { role: "row" }, cell("box", one.box), ...columns.map(([name]) => one[name]),
      cell("open", one.open));
    shown.set(sid, one);
    return one;
  }

  function drop(sid) {
    shown.get(sid)?.line.remove();
    shown.delete(sid);
  }

  function arrange() {
    for (const [name, { cell: head, arrow }] of heads) {
      if (name === sort) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      arrow.textContent = name === sort ? (descending ? " ↓" : " ↑") : "";
    }
    for (const [sid, one] of shown) one.box.checked = marked.has(sid);
    const count = [...shown.keys()].filter((sid) => marked.has(sid)).length;
    every.checked = count > 0 && count === shown.size;
    every.indeterminate = count > 0 && count < shown.size;
    picked.textContent = marked.size ? `${COUNT.format(marked.size)} selected: inbox.selection` : "";
    none.hidden = !marked.size;
    nothing.hidden = shown.size > 0;
    pages.show(offset, shown.size, total);
  }

  async function mark(sids, on) {
    for (const sid of sids) on ? marked.add(sid) : marked.delete(sid);
    arrange();
    try {
      await ask("mark", { sids, on });
    } catch (error) {
      failed(error);
    }
  }

  return {
    node,
    load,
    focus: () => search.focus(),
    select(sids) {
      marked.clear();
      sids.forEach((sid) => marked.add(sid));
      arrange();
    },
    news: news.tell,
    clear() {
      turn++;
      [...shown.keys()].forEach(drop);
    },
  };

  function older(line, row) {
    for (const one of shown.values()) {
      if (one.line === line) return one.row.time < row.time || (one.row.time === row.time && one.row.sid < row.sid);
    }
    return false;
  }
}

/** The role stays when a narrow page shows rows as cards. */
function cell(name, ...children) {
  return element("td", { role: "cell", class: name }, ...children);
}

/** A list to choose one of, or none. */
function choice(label, changed) {
  const select = element("select", { "aria-label": label, change: changed });
  let known = "";
  return {
    node: select,
    get value() {
      return select.value;
    },
    fill(options) {
      if (known === options.join("\n")) return;
      known = options.join("\n");
      const before = select.value;
      select.replaceChildren(element("option", { value: "" }, `${label}: all`),
        ...options.map((option) => element("option", { value: option }, option)));
      select.value = options.includes(before) ? before : "";
    },
  };
}
