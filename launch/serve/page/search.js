// The search tab: words or a photograph, filters from the kept columns, and rows like a row.

import { search } from "./api.js";
import { byId, fill, make, showProblem } from "./elements.js";
import { showHits } from "./results.js";

const MODES = { hybrid: "words and meaning", vector: "meaning", words: "words" };
let facts = {};
let file = null;
let running = null;

export function startSearch(indexes) {
  const names = Object.keys(indexes);
  fill(byId("index"), names.map((name) => [name, name]));
  byId("index").addEventListener("change", () => choose(indexes));
  byId("query-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  byId("picture").addEventListener("change", () => takePicture(byId("picture").files[0]));
  const drop = byId("drop");
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") takePicture(event.dataTransfer.files[0]);
    });
  }
  document.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    const isText = event.clipboardData.types.includes("text/plain") && event.target.closest?.("input, textarea");
    if (pasted && !drop.hidden && !isText) takePicture(pasted);
  });
  choose(indexes);
}

function choose(indexes) {
  running?.abort();
  const name = byId("index").value;
  facts = indexes[name];
  const isText = facts.asks.includes("text");
  byId("about").textContent = `${facts.rows.toLocaleString()} rows, ${facts.encoder}, version ${facts.version}`;
  byId("words-row").hidden = !isText;
  byId("drop").hidden = !facts.asks.includes("image");
  const modes = ["hybrid", "vector", "words"].filter((mode) => facts.modes.includes(mode));
  fill(byId("mode"), [["", `${MODES[facts.default_mode]} (default)`], ...modes.map((mode) => [mode, MODES[mode]])]);
  byId("mode").hidden = byId("mode-label").hidden = !isText;
  const filters = facts.columns.filter((column) => column.values && column.values.length > 1);
  byId("filters").replaceChildren(...filters.flatMap(filterOf));
  if (byId("columns")) byId("columns").textContent = `Columns: ${facts.columns.map((column) => column.name).join(", ")}`;
  byId("hits").replaceChildren();
  byId("status").textContent = "";
  showProblem(null);
  if (facts.browses) run();
}

function filterOf(column) {
  const id = `filter-${column.name}`;
  const select = make("select", { id, data: { column: column.name } });
  fill(select, [["", "any"], ...column.values.map((value, place) => [String(place), String(value)])]);
  select.addEventListener("change", run);
  return [make("label", { htmlFor: id, textContent: column.name }), select];
}

/** The values that are chosen, by column. */
function chosenValues() {
  const chosen = [...byId("filters").querySelectorAll("select")].filter((select) => select.value);
  const values = Object.fromEntries(facts.columns.map((column) => [column.name, column.values]));
  return Object.fromEntries(chosen.map(({ dataset: { column }, value }) => [column, values[column][value]]));
}

function takePicture(chosen) {
  if (!chosen) return;
  file = chosen;
  const image = byId("asked-picture");
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(chosen);
  image.hidden = false;
  byId("words").value = ""; // which would be asked for instead
  run();
}

function run() {
  const text = byId("words").value.trim();
  if (!byId("words-row").hidden && text) ask({ text, mode: byId("mode").value || null }, text);
  else if (!byId("drop").hidden && file) ask({}, "the photograph", file);
  else if (facts.browses) ask({}, "");
}

async function ask(query, said, asked = null) {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  byId("status").textContent = "Searching …";
  showProblem(null);
  const started = performance.now();
  try {
    const whole = { index: byId("index").value, k: Number(byId("k").value) || 10, where: byId("where")?.value.trim() || null, ...query };
    const answer = await search(whole, { values: chosenValues(), file: asked, signal });
    if (signal.aborted) return;
    const hadFocus = byId("hits").contains(document.activeElement);
    showHits(answer, facts, (id) => ask({ id }, id));
    if (hadFocus) (byId("hits").querySelector("button") ?? byId("words")).focus(); // the button that was pressed is no more
    document.dispatchEvent(new CustomEvent("hits", { detail: answer }));
    const took = Math.round(performance.now() - started);
    byId("status").textContent = `${answer.hits.length} answers${said && ` to “${said.slice(0, 80)}”`}, version ${answer.version}, ${took} ms`;
  } catch (error) {
    if (signal.aborted) return;
    byId("status").textContent = "";
    byId("hits").replaceChildren();
    showProblem(error);
  }
}
