"use strict";
// A list of questions that is searched and filtered, and one of them beside it. Everything is put in as text.
const index = JSON.parse(document.getElementById("index").textContent);
const blocks = [...document.querySelectorAll("script.block")];
const total = index.ids.length;
const WORDS = { r: "right", w: "wrong", s: "scored", u: "no score", "-": "not asked" };
const SIGNS = { r: "✓", w: "✗", s: "●", u: "–", "-": "·" };
const CLASSES = { r: "sign right", w: "sign wrong" };
const HEIGHT = 34;

const element = (name, options = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

// Blocks are unpacked once.
const unpacked = new Map();
const unpack = async (block) => {
  const text = atob(blocks[block].textContent);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
};
const questionsOf = (block) => {
  if (!unpacked.has(block)) unpacked.set(block, unpack(block));
  return unpacked.get(block);
};
const questionAt = async (at) => (await questionsOf(Math.floor(at / index.block)))[at % index.block];

// The text that is searched: everything of a question, in small letters.
let texts = null;
const textOf = (question) => {
  const answers = question.answers.filter(Boolean);
  const parts = answers.flatMap((answer) => [answer.prompt, answer.reply, answer.reason]);
  return [question.id, question.question, ...question.options, question.quote, question.passage, ...question.labels, ...parts]
    .filter(Boolean).join("\n").toLowerCase();
};
const searchable = async () => {
  const all = [];
  for (let block = 0; block < blocks.length; block += 1) {
    for (const question of await questionsOf(block)) all.push(textOf(question));
  }
  return all;
};

const state = { shown: [], selected: 0, one: 0, other: index.runs.length > 1 ? 1 : -1 };
const outcome = (run, at) => (index.outcomes[run] ?? "")[at] ?? "-";

// Filters.
const list = document.getElementById("list");
const panel = document.getElementById("question");
const choose = (label, options, changed) => {
  const select = element("select", { onchange: () => changed(select.value) });
  for (const [value, words] of options) select.append(element("option", { value }, words));
  return [element("label", {}, label, select), select];
};
const search = element("input", { type: "search", placeholder: "words in prompt, reply, passage …" });
const filters = element("div", { class: "filters" }, element("label", { class: "wide" }, "Search ", search));
const chosen = { outcome: "", labels: index.labels.map(() => "") };
const OUTCOMES = [["", "all"], ["r", "right"], ["w", "wrong"], ["u", "no score"]];
if (index.runs.length > 0) {
  const both = index.runs.length > 1 ? [["differ", "runs differ"], ["bw", "both wrong"]] : [];
  const [label] = choose("Outcome", [...OUTCOMES, ...both], (value) => { chosen.outcome = value; filter(); });
  filters.append(label);
}
index.labels.forEach((name, at) => {
  if (index.values[at].length < 2) return;
  const options = [["", "all"], ...index.values[at].map((value, place) => [String(place), value])];
  const [label] = choose(name.replace("_", " "), options, (value) => { chosen.labels[at] = value; filter(); });
  filters.append(label);
});
if (index.runs.length > 1) {
  const runs = index.runs.map((run, at) => [String(at), run.name]);
  const [first] = choose("Run", runs, (value) => { state.one = Number(value); filter(); });
  const [second, beside] = choose("Beside it", [["-1", "none"], ...runs], (value) => { state.other = Number(value); filter(); });
  beside.value = String(state.other);
  filters.append(first, second);
}

const fits = (at) => {
  const one = outcome(state.one, at);
  const other = state.other < 0 ? one : outcome(state.other, at);
  if (chosen.outcome === "differ" && one === other) return false;
  if (chosen.outcome === "bw" && !(one === "w" && other === "w")) return false;
  if (chosen.outcome.length === 1 && one !== chosen.outcome) return false;
  return chosen.labels.every((value, label) => value === "" || index.of_questions[label][at] === Number(value));
};

let run = 0;
const filter = async () => {
  run += 1;
  const mine = run;
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length > 0 && texts === null) {
    count.textContent = "Searching …";
    const all = await searchable();
    texts = all;
    if (mine !== run) return;
  }
  const before = state.shown[state.selected];
  state.shown = [];
  for (let at = 0; at < total; at += 1) {
    if (fits(at) && words.every((word) => texts[at].includes(word))) state.shown.push(at);
  }
  state.selected = Math.max(0, state.shown.indexOf(before));
  count.textContent = `${state.shown.length} of ${total} questions`;
  all.style.height = `${state.shown.length * HEIGHT}px`;
  rows.scrollTop = Math.max(0, state.selected * HEIGHT - rows.clientHeight / 2);
  draw();
  show();
};

// The list: only the rows in sight are there.
const count = element("p", { class: "count", role: "status" });
const all = element("div", { class: "all", role: "presentation" });
const rows = element("div", { class: "rows", role: "listbox", tabindex: "0", "aria-label": "Questions", onscroll: () => draw() }, all);
const sign = (run, at) => {
  const letter = outcome(run, at);
  return element("span", { class: CLASSES[letter] ?? "sign", role: "img", "aria-label": WORDS[letter] }, SIGNS[letter]);
};
const row = (place) => {
  const at = state.shown[place];
  const made = element("div", {
    class: "row", role: "option", id: `row-${at}`, "aria-selected": String(place === state.selected),
    "aria-setsize": String(state.shown.length), "aria-posinset": String(place + 1),
    onclick: () => select(place),
  });
  made.style.top = `${place * HEIGHT}px`;
  made.style.height = `${HEIGHT}px`;
  if (index.runs.length > 0) made.append(sign(state.one, at));
  if (state.other >= 0) made.append(sign(state.other, at));
  made.append(element("span", { class: "text" }, index.questions[at]));
  return made;
};
const draw = () => {
  const first = Math.max(0, Math.floor(rows.scrollTop / HEIGHT) - 5);
  const last = Math.min(state.shown.length, Math.ceil((rows.scrollTop + rows.clientHeight) / HEIGHT) + 5);
  const places = new Set();
  for (let place = first; place < last; place += 1) places.add(place);
  if (state.selected < state.shown.length) places.add(state.selected);
  all.replaceChildren(...[...places].sort((one, other) => one - other).map(row));
  if (state.shown.length > 0) rows.setAttribute("aria-activedescendant", `row-${state.shown[state.selected]}`);
  else rows.removeAttribute("aria-activedescendant");
};
const select = (place) => {
  state.selected = Math.min(Math.max(0, place), Math.max(0, state.shown.length - 1));
  const top = state.selected * HEIGHT;
  if (top < rows.scrollTop) rows.scrollTop = top;
  else if (top + HEIGHT > rows.scrollTop + rows.clientHeight) rows.scrollTop = top + HEIGHT - rows.clientHeight;
  draw();
  show();
};

// The question.
const passage = (question) => {
  if (!question.passage) return question.quote ? element("blockquote", {}, element("mark", {}, question.quote)) : null;
  const at = question.quote ? question.passage.indexOf(question.quote) : -1;
  if (at < 0) {
    const quote = question.quote ? element("p", {}, element("mark", {}, question.quote)) : null;
    return element("div", {}, quote, element("blockquote", {}, question.passage));
  }
  const end = at + question.quote.length;
  return element("blockquote", {}, question.passage.slice(0, at), element("mark", {}, question.quote), question.passage.slice(end));
};
const letterOf = (at) => (at < 26 ? String.fromCharCode(65 + at) : String(at + 1));
const optionsTable = (question, answers) => {
  if (question.options.length === 0) return null;
  const head = element("tr", {}, element("th", { scope: "col" }, "Option"), element("th", { scope: "col" }, "Text"));
  for (const [run] of answers) head.append(element("th", { scope: "col", class: "number" }, answers.length > 1 ? `log-prob, ${index.runs[run].name}` : "log-prob"));
  const body = question.options.map((option, at) => {
    const key = question.keys.includes(at) ? element("span", { class: "tag" }, " ✓ key") : null;
    const line = element("tr", {}, element("th", { scope: "row" }, letterOf(at), key), element("td", { class: "text" }, option));
    for (const [, answer] of answers) {
      const number = answer.log_probs[at];
      const cell = element("td", { class: "number" }, number === undefined || number === null ? "–" : number.toFixed(3));
      if (answer.choice === at) cell.prepend(element("b", {}, "chosen "));
      line.append(cell);
    }
    return line;
  });
  return element("div", { class: "table", role: "group", tabindex: "0", "aria-label": "Options" },
    element("table", {}, element("caption", {}, "Options and their log-probabilities"), element("thead", {}, head), element("tbody", {}, ...body)));
};
const long = (title, text, label) => (text ? [element("h3", {}, title), element("pre", { tabindex: "0", role: "region", "aria-label": label }, text)] : []);
const answerPart = (run, answer, at) => {
  const letter = outcome(run, at);
  const name = index.runs[run].name;
  const numbers = Object.entries(answer.metrics).map(([metric, value]) => `${metric} ${Number(value.toPrecision(6))}`);
  return element("article", {},
    element("h3", {}, sign(run, at), ` ${name}: ${WORDS[letter]}`),
    answer.reason ? element("p", {}, answer.reason) : null,
    ...long("Reply", answer.reply, `Reply of ${name}`),
    ...long("Prompt", answer.prompt, `Prompt of ${name}`),
    answer.scored.length > 0 ? element("p", { class: "origin" }, `Scored after it: ${answer.scored.map((text) => JSON.stringify(text)).join(", ")}`) : null,
    numbers.length > 0 ? element("p", { class: "origin" }, numbers.join(" · ")) : null);
};
let shows = 0;
const show = async () => {
  shows += 1;
  const mine = shows;
  const at = state.shown[state.selected];
  if (at === undefined) {
    panel.replaceChildren(element("p", {}, "No question fits."));
    return;
  }
  const question = await questionAt(at);
  if (mine !== shows) return;
  const runs = [...new Set([state.one, state.other])].filter((run) => run >= 0 && question.answers[run]);
  const answers = runs.map((run) => [run, question.answers[run]]);
  const labels = index.labels.map((name, label) => question.labels[label] && `${name.replace("_", " ")}: ${question.labels[label]}`);
  panel.replaceChildren(
    element("p", { class: "origin" }, [question.id, ...labels.filter(Boolean)].join(" · ")),
    element("h2", {}, question.question),
    ...[optionsTable(question, answers)].filter(Boolean),
    element("div", { class: "answers" }, ...answers.map(([run, answer]) => answerPart(run, answer, at))),
    ...[question.passage || question.quote ? element("h3", {}, question.passage ? "Passage" : "Quote") : null, passage(question)].filter(Boolean));
  panel.scrollTop = 0;
};

// Keys.
const help = element("p", { class: "count" }, element("kbd", {}, "j"), " ", element("kbd", {}, "k"), " next, previous · ",
  element("kbd", {}, "/"), " search · ", element("kbd", {}, "Enter"), " to the question · ", element("kbd", {}, "Esc"), " back");
const page = () => Math.max(1, Math.floor(rows.clientHeight / HEIGHT) - 1);
const STEPS = { ArrowDown: () => 1, j: () => 1, ArrowUp: () => -1, k: () => -1, PageDown: page, PageUp: () => -page(), Home: () => -total, End: () => total };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = /^(INPUT|SELECT)$/.test(event.target.tagName);
  if (event.key === "Escape") rows.focus();
  else if (isTyping) return;
  else if (event.key === "/") search.focus();
  else if (event.key === "Enter" && event.target === rows) panel.focus();
  else if (event.key.length === 1 ? STEPS[event.key] : event.target === rows && STEPS[event.key]) select(state.selected + STEPS[event.key]());
  else return;
  event.preventDefault();
});
let timer = 0;
search.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(filter, 120);
});

list.replaceChildren(filters, count, rows, help);
new ResizeObserver(draw).observe(rows);
filter();
rows.focus();
