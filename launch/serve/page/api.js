// Asks the service. Every failure is an Error whose message is one line for the person.

import { parsed } from "./elements.js";

const KEY = "vectormill-token";

/** Says that the service wants a token. */
export class TokenNeeded extends Error {}

export function useToken(token) {
  sessionStorage.setItem(KEY, token);
}

async function ask(path, options = {}) {
  const token = sessionStorage.getItem(KEY);
  if (token && /[^\x21-\x7e]/.test(token)) throw new TokenNeeded("This is no token: it holds a character that none has.");
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service does not answer.");
  }
  if (response.status === 401) throw new TokenNeeded(token ? "The service does not take this token." : "This service needs a token.");
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Error(said.error ?? `The service answers ${response.status}.`);
}

async function answered(path, options) {
  return parsed(await (await ask(path, options)).text());
}

export async function catalog() {
  return answered("/api/catalog");
}

/**
 * The hits of a query: an object as `SearchRequest` in /openapi.json. `values` are those that columns must have, by name; `file`
 * is an image to search with.
 */
export async function search(asked, { values = {}, file = null, signal } = {}) {
  const query = { ...asked, where: condition(values, asked.where) };
  if (file) {
    const parts = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null));
    return answered(`/api/search?${parts}`, { method: "POST", body: file, signal, headers: { "Content-Type": "image/*" } });
  }
  return answered("/api/search", { method: "POST", body: JSON.stringify(query), signal, headers: { "Content-Type": "application/json" } });
}

function condition(values, where) {
  const parts = Object.entries(values).map(([column, value]) => `"${column.replaceAll('"', '""')}" = ${literal(value)}`);
  return [...parts, ...(where ? [`(${where})`] : [])].join(" AND ") || null;
}

function literal(value) {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value).toUpperCase();
}

/** The bytes of an index's map, as `map_points.js` reads them; with the codes of a column where one is named. */
export async function mapPoints(index, column = null) {
  return (await ask(`/api/map?${new URLSearchParams({ index, ...(column === null ? {} : { column }) })}`, { cache: "no-cache" })).arrayBuffer();
}

/** The columns of up to 100 points of a map, by their rows. */
export async function mapRows(index, rows) {
  return answered(`/api/map/rows?${new URLSearchParams({ index, rows: rows.join(",") })}`);
}

/** Labels and scores: an object as `PredictRequest`. */
export async function predict(request) {
  return answered("/api/predict", { method: "POST", body: JSON.stringify(request), headers: { "Content-Type": "application/json" } });
}

/** The address of a small picture of a row, for an <img>; "" where there is none. */
export async function picture(index, id) {
  try {
    const response = await ask(`/api/image?${new URLSearchParams({ index, id })}`);
    return URL.createObjectURL(await response.blob());
  } catch {
    return "";
  }
}

export async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += 32768) text += String.fromCharCode(...bytes.subarray(start, start + 32768));
  return btoa(text);
}
