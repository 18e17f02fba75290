// The map tab: the map of an index, with the answers of the last search on it.

import { mapPoints, mapRows, picture } from "./api.js";
import { byId, fill, showProblem } from "./elements.js";
import { readPoints } from "./map_points.js";
import { showMap } from "./map_view.js";

const shown = { name: null, version: null, view: null };
let answer = null;

/** `indexes`: those of the catalog that have a map. */
export function startMap(indexes) {
  fill(byId("map-index"), Object.keys(indexes).map((name) => [name, name]));
  byId("map-index").addEventListener("change", () => open(indexes));
  byId("map").addEventListener("shown", () => {
    if (answer && answer.index in indexes) byId("map-index").value = answer.index;
    open(indexes);
  });
  document.addEventListener("hits", (event) => {
    answer = event.detail;
    mark();
  });
  if (!byId("map").hidden) open(indexes);
}

async function open(indexes) {
  const name = byId("map-index").value;
  const isNew = answer?.index === name && answer.version !== shown.version;
  if (shown.name === name && !isNew) return;
  shown.view?.end();
  Object.assign(shown, { name, version: null, view: null });
  showProblem(null);
  try {
    const points = readPoints(await mapPoints(name));
    if (shown.name !== name) return;
    const facts = indexes[name];
    const columns = facts.columns.filter((column) => column.values?.length).map((column) => column.name);
    const codes = async (column) => {
      const found = readPoints(await mapPoints(name, column));
      requireVersion(found.header.version);
      return { values: found.header.values, codes: found.codes };
    };
    const describe = async (rows) => {
      const found = await mapRows(name, rows);
      requireVersion(found.version);
      return found.columns;
    };
    const pictureOf = facts.modality === "image" ? (id) => picture(name, id) : null;
    shown.version = points.header.version;
    shown.view = showMap(byId("map-view"), { points, total: points.header.rows, columns, codes, describe, picture: pictureOf });
    mark();
  } catch (error) {
    if (shown.name === name) shown.name = null;
    showProblem(error);
  }
}

/** Rows are positions in one version: of another one they would be other rows. */
function requireVersion(version) {
  if (version === shown.version) return;
  shown.name = null;
  throw new Error("The index has a new version: open the map again.");
}

function mark() {
  const isHere = shown.view && answer?.index === shown.name && answer.version === shown.version;
  const count = isHere ? shown.view.mark(answer.rows) : 0;
  byId("map-hits").textContent = isHere ? `Rings: ${count} of the ${answer.rows.length} answers to the last search.` : "";
}
