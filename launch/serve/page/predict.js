// The predict tab: labels and scores of texts or photographs.

import { base64, predict } from "./api.js";
import { byId, fill, make, showProblem } from "./elements.js";

const SHOWN = 5;
let newest = 0;

export function startPredict(models) {
  fill(byId("model"), Object.keys(models).map((name) => [name, name]));
  const choose = () => {
    const facts = models[byId("model").value];
    const isText = facts.modality === "text";
    byId("model-about").textContent = `${facts.labels.length} labels, ${facts.encoder}, version ${facts.version}`;
    byId("predict-texts").hidden = !isText;
    byId("predict-images").hidden = isText;
    byId("predictions").hidden = true;
    byId("predict-status").textContent = "";
    newest += 1;
  };
  byId("model").addEventListener("change", choose);
  byId("predict-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run(models[byId("model").value]);
  });
  choose();
}

async function run(facts) {
  const mine = (newest += 1);
  showProblem(null);
  byId("predict-status").textContent = "Predicting …";
  try {
    const model = byId("model").value;
    const files = [...byId("images").files];
    const texts = byId("texts").value.split("\n").map((line) => line.trim()).filter(Boolean);
    const items = facts.modality === "text" ? texts : files.map((file) => file.name);
    if (!items.length) throw new Error(facts.modality === "text" ? "Write a text first." : "Choose a photograph first.");
    const given = facts.modality === "text" ? { texts } : { images: await Promise.all(files.map(base64)) };
    const answer = await predict({ model, ...given });
    if (mine !== newest) return;
    show(items, answer);
    byId("predict-status").textContent = `${items.length} items, version ${answer.version}`;
  } catch (error) {
    if (mine !== newest) return;
    byId("predict-status").textContent = "";
    showProblem(error);
  }
}

function show(items, answer) {
  const rows = answer.predictions.map((one, at) => {
    const best = one.scores.map((score, place) => [score, answer.labels[place]]).sort((a, b) => b[0] - a[0]).slice(0, SHOWN);
    return make("tr", {},
      make("td", { textContent: items[at] }),
      make("td", { textContent: one.label || "none" }),
      make("td", {}, ...best.map(([score, label]) => {
        const meter = make("meter", { min: 0, max: 1, value: score });
        meter.setAttribute("aria-label", `${label} ${score.toFixed(3)}`);
        return make("div", {}, meter, ` ${score.toFixed(3)} ${label}`);
      })));
  });
  byId("predictions").tBodies[0].replaceChildren(...rows);
  byId("predictions").hidden = false;
}
