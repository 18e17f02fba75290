// The page of an exported model: it labels texts, and learns classes from a few examples; nothing leaves the browser.

import { heldOutAccuracy, learn } from "./head.js";
import { openModel } from "./model.js";
import { examplesOf, keep, remove } from "./storage.js";

const byId = (id) => document.getElementById(id);
const SHOWN = 5;
let model = null;
let learnt = null;

async function start() {
  const worker = navigator.serviceWorker?.register("service-worker.js").then(() => navigator.serviceWorker.ready);
  try {
    model = await openModel();
  } catch (error) {
    say("problem", error.message);
    return;
  }
  byId("about").textContent = `${model.facts.name}, version ${model.facts.version}: ${model.facts.head.labels.join(", ")}`;
  byId("content").hidden = false;
  byId("loading").hidden = true;
  byId("predict-form").addEventListener("submit", (event) => run(event, predict));
  byId("example-form").addEventListener("submit", (event) => run(event, addExamples));
  byId("learn").addEventListener("click", (event) => run(event, train));
  byId("download").addEventListener("click", download);
  await showExamples();
  await Promise.resolve(worker).catch(() => null);
  keepForLater();
}

/** Fetches what has not been needed yet, so that any text can be read without a network. */
async function keepForLater() {
  if (!navigator.serviceWorker?.controller) return;
  for (const file of model.facts.files) await fetch(file).catch(() => null);
  say("offline", "All of the model is kept in this browser: it works without a network.");
}

async function run(event, work) {
  event.preventDefault();
  say("problem", "");
  try {
    await work();
  } catch (error) {
    say("problem", error.message);
  }
}

async function predict() {
  const text = byId("text").value.trim();
  if (!text) throw new Error("Write a text first.");
  const started = performance.now();
  const vector = await model.encode(text);
  show("predictions", model.head, vector);
  byId("own").hidden = learnt === null;
  if (learnt) show("own-predictions", learnt, vector);
  say("took", `${Math.round(performance.now() - started)} ms`);
}

function show(id, head, vector) {
  const best = [...head.scores(vector)].map((score, at) => [score, head.labels[at]]).sort((a, b) => b[0] - a[0]).slice(0, SHOWN);
  byId(id).replaceChildren(...best.map(([score, label]) => {
    const item = document.createElement("li");
    const meter = Object.assign(document.createElement("meter"), { min: 0, max: 1, value: score });
    meter.setAttribute("aria-hidden", "true");
    item.append(meter, ` ${score.toFixed(3)} ${label}`);
    return item;
  }));
}

async function addExamples() {
  const label = byId("label").value.trim();
  const texts = byId("examples").value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (!label || !texts.length) throw new Error("Give a class and some texts, one a line.");
  for (const text of texts) await keep(model.facts.encoder.fingerprint, label, text, await model.encode(text));
  byId("examples").value = "";
  await showExamples();
}

async function showExamples() {
  const examples = await examplesOf(model.facts.encoder.fingerprint);
  const labels = [...new Set(examples.map((one) => one.label))];
  byId("learn").disabled = labels.length < 2;
  byId("known").replaceChildren(...examples.map((one) => {
    const row = document.createElement("tr");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Remove" });
    button.setAttribute("aria-label", `Remove: ${one.item.slice(0, 40)}`);
    button.addEventListener("click", () => remove(one.key).then(showExamples));
    const cells = [one.label, one.item, button].map((content) => Object.assign(document.createElement("td")));
    cells[0].textContent = one.label;
    cells[1].textContent = one.item;
    cells[2].append(button);
    row.append(...cells);
    return row;
  }));
  byId("known-table").hidden = !examples.length;
}

async function train() {
  const examples = await examplesOf(model.facts.encoder.fingerprint);
  const labels = [...new Set(examples.map((one) => one.label))].sort();
  const pairs = examples.map((one) => [one.vector, labels.indexOf(one.label)]);
  const started = performance.now();
  learnt = learn(pairs, labels);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  const accuracy = heldOutAccuracy(pairs, labels);
  const held = accuracy === null ? "" : ` Of examples that it had not seen it labels ${Math.round(100 * accuracy)} % right.`;
  say("learnt", `Learnt ${labels.join(", ")} from ${examples.length} examples in ${seconds} s.${held}`);
  byId("download").disabled = false;
}

function download() {
  const { kernel, bias, shape } = learnt.layers[0];
  const head = {
    format: "vectormill-head-1", labels: learnt.labels, activation: "softmax", temperature: 1,
    encoder: model.facts.encoder.fingerprint, shape, kernel: [...kernel], bias: [...bias],
  };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(head)], { type: "application/json" }));
  link.download = "head.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

function say(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = !text;
}

start();
