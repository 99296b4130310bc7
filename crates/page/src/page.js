"use strict";
// Sorts and filters tables; the page can be read without it.
const collator = new Intl.Collator(undefined, { numeric: true });

const value = (cell) => {
  const number = cell.dataset.sort;
  return number === undefined ? cell.textContent.trim() : Number(number);
};

const compare = (one, other) =>
  typeof one === "number" && typeof other === "number" ? one - other : collator.compare(one, other);

const sort = (header) => {
  const body = header.closest("table").tBodies[0];
  const place = header.cellIndex;
  // What is largest is looked for first, names from A on.
  const isFirstDescending = header.classList.contains("number");
  const before = header.getAttribute("aria-sort");
  const order = before ? (before === "ascending" ? "descending" : "ascending") : isFirstDescending ? "descending" : "ascending";
  const sign = order === "ascending" ? 1 : -1;
  for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const rows = [...body.rows].map((row) => [value(row.cells[place]), row]);
  rows.sort(([one], [other]) => sign * compare(one, other));
  body.append(...rows.map(([, row]) => row));
};

for (const header of document.querySelectorAll("th[data-sortable]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...header.childNodes);
  button.addEventListener("click", () => sort(header));
  header.append(button);
}

for (const table of document.querySelectorAll("table[data-filter]")) {
  const rows = [...table.tBodies[0].rows].map((row) => [row.textContent.toLowerCase(), row]);
  const tools = document.createElement("div");
  const label = document.createElement("label");
  const input = document.createElement("input");
  const count = document.createElement("span");
  tools.className = "tools";
  input.type = "search";
  label.append("Filter ", input);
  input.setAttribute("aria-label", `Filter: ${table.caption.textContent}`);
  count.setAttribute("role", "status");
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [text, row] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };
  input.addEventListener("input", filter);
  filter();
  tools.append(label, count);
  table.parentElement.before(tools);
}
