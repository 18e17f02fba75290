// Starts the page of a site: opens its files, then searches; keeps them all for when there is no network.

import { catalog, opened } from "./api.js";
import { byId, showProblem, tabs } from "./elements.js";
import { startMap } from "./map.js";
import { startSearch } from "./search.js";

async function start() {
  try {
    const { indexes } = await catalog();
    const [name] = Object.keys(indexes);
    document.title = byId("name").textContent = name;
    const isMapped = Boolean(indexes[name].map);
    tabs(byId("tabs"), isMapped ? [["search", "Search"], ["map", "Map"]] : [["search", "Search"]], "search");
    byId("tabs").hidden = !isMapped;
    byId("others").hidden = !indexes[name].browses;
    startSearch(indexes);
    if (isMapped) startMap(indexes);
    if (indexes[name].asks.includes("text")) byId("words").focus();
  } catch (error) {
    showProblem(error);
  } finally {
    byId("loading").hidden = true;
  }
  await keepForLater().catch(() => null);
}

/** Keeps all files, after those that are needed at once were fetched. */
async function keepForLater() {
  const { facts } = await opened;
  await navigator.serviceWorker?.register("service-worker.js");
  await navigator.serviceWorker?.ready;
  byId("offline").hidden = !(navigator.serviceWorker && facts.is_kept);
}

start();
