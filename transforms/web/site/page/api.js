// Answers what the search page asks, in this page: the counterpart of the module of `vectormill serve` that asks the service.

import { Site } from "./site.js";
import { mapBody } from "./site_map.js";

const LONGEST_TEXT = 500;

export const opened = Site.open();
opened.catch(() => null); // who waits for it sees the failure

export async function catalog() {
  const { facts } = await opened;
  const isText = facts.modes.length > 0;
  const { rows, modality, modes, version, columns, encoder, default_mode, map } = facts;
  const own = { rows, modality, modes, version, columns, default_mode, map, encoder: encoder.name, browses: !isText };
  own.asks = isText ? ["text"] : encoder.takes === "image" ? ["image"] : [];
  return { indexes: { [facts.name]: own }, models: {} };
}

/** The hits of a query: an object of `text` with its `mode`, or `id`; or of a `file`, a photograph; with none of them, some rows. */
export async function search({ index, text = null, id = null, mode, k }, { values = {}, file = null } = {}) {
  const site = await opened;
  const vector = file && (await site.vectorOf(file));
  const asked = { k, values, text, mode, vector };
  const hits = await (id !== null ? site.like(id, asked) : text !== null || vector ? site.search(asked) : site.some(asked));
  return { index, version: site.facts.version, hits, rows: hits.map((hit) => site.rowOfName.get(hit.chunk ?? hit.id)) };
}

/** The address of a small picture of a row, for an <img>; "" where there is none. */
export async function picture(index, id) {
  const bytes = await (await opened).picture(id).catch(() => null);
  return bytes ? URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" })) : "";
}

/** The points of the map, as `map_points.js` reads them; with the codes of a column where one is named. */
export async function mapPoints(index, column = null) {
  const site = await opened;
  return mapBody(site.facts, await site.mapPoints(), column, site.arrays);
}

/** The columns of some points of the map, by their rows; long texts are cut. */
export async function mapRows(index, rows) {
  const site = await opened;
  const cut = ([name, value]) => [name, typeof value === "string" && value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value];
  const columns = await Promise.all(rows.map(async (row) => Object.fromEntries(Object.entries(await site.columns(row)).map(cut))));
  return { version: site.facts.version, columns };
}
