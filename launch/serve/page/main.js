// Starts the page: what is served decides which tabs there are.

import { TokenNeeded, catalog, useToken } from "./api.js";
import { byId, showProblem, tabs } from "./elements.js";
import { startMap } from "./map.js";
import { startPredict } from "./predict.js";
import { startSearch } from "./search.js";

async function start() {
  try {
    const { indexes, models } = await catalog();
    byId("token-form").hidden = true;
    showProblem(null);
    const names = [];
    if (Object.keys(indexes).length) names.push(["search", "Search"]);
    const mapped = Object.fromEntries(Object.entries(indexes).filter(([, facts]) => facts.map));
    if (Object.keys(mapped).length) names.push(["map", "Map"]);
    if (Object.keys(models).length) names.push(["predict", "Predict"]);
    tabs(byId("tabs"), names, "search");
    if (Object.keys(indexes).length) startSearch(indexes);
    if (Object.keys(mapped).length) startMap(mapped);
    if (Object.keys(models).length) startPredict(models);
    if (!byId("search").hidden) byId("words").focus();
  } catch (error) {
    byId("token-form").hidden = !(error instanceof TokenNeeded);
    showProblem(error);
    if (error instanceof TokenNeeded) byId("token").focus();
  }
}

byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useToken(byId("token").value.trim());
  start();
});
start();
