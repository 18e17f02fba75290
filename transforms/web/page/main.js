// The page of an exported model: it labels texts or photographs, and learns classes from a few of them; nothing leaves the browser.

import { byId, say } from "./dom.js";
import { Examples, download } from "./examples.js";
import { Head } from "./head.js";
import { startModel } from "./model_client.js";
import { listenForFiles, photographInput } from "./photograph_input.js";
import { Predictions } from "./predictions.js";
import { textInput } from "./text_input.js";

const LABELS_NAMED = 20;
const report = (error) => say("problem", error.message);

async function start() {
  let model;
  try {
    model = await startModel();
  } catch (error) {
    byId("loading").hidden = true;
    report(error);
    return;
  }
  const { facts } = model;
  const predictions = new Predictions(model), examples = new Examples(model);
  let learnt = null;
  const kind = facts.modality === "image" ? "photograph" : "text";
  const begun = { label: 0 };

  /** Encodes items one after the other and hands each on; what cannot be read is told at the end. @returns whether all were read. */
  async function each(items, place, use) {
    say("problem", "");
    const failures = [];
    for (const [at, item] of items.entries()) {
      if (items.length > 1) say(place, `${kind} ${at + 1} of ${items.length} …`);
      const name = item.name ?? item;
      try {
        await use({ name, ...(await model.encode(item)) });
      } catch (error) {
        failures.push(`${name.slice(0, 60)}: ${error.message}`);
      }
    }
    say(place, "");
    if (failures.length) report(new Error(failures.length === 1 ? failures[0] : `${failures.length} were not taken. ${failures[0]}`));
    return !failures.length;
  }

  async function predict(items) {
    const mine = (begun.label += 1), started = performance.now();
    predictions.clear();
    const isDone = await each(items, "took", (item) => { if (mine === begun.label) predictions.add(item); });
    if (mine === begun.label) say("took", `${Math.round(performance.now() - started)} ms`);
    return isDone;
  }

  async function teach(items) {
    const label = byId("label").value.trim();
    if (!label) {
      report(new Error("Name the class first."));
      byId("label").focus();
      return false;
    }
    const isDone = await each(items, "taken", (item) => examples.add(label, item));
    await examples.show();
    return isDone;
  }

  const named = facts.head.labels.slice(0, LABELS_NAMED).join(", ") + (facts.head.labels.length > LABELS_NAMED ? ", …" : "");
  byId("about").textContent = `${facts.name}, version ${facts.version}: ${named}. Nothing that you give it leaves this browser.`;
  const [predictPlace, teachPlace] = ["predict", "teach"].map((id) => byId(id).querySelector(".input"));
  if (kind === "photograph") {
    byId("predict-title").textContent = "Label photographs";
    photographInput(predictPlace, { take: predict, report });
    photographInput(teachPlace, { take: teach, report });
    listenForFiles();
  } else {
    textInput(predictPlace, { name: "Text", action: "Label", isList: false, take: predict, report });
    textInput(teachPlace, { name: "Texts of it, one a line", action: "Add", isList: true, take: teach, report });
  }
  byId("learn").addEventListener("click", async () => {
    say("problem", "");
    try {
      learnt = Head.of(await examples.learn());
      predictions.learn(learnt);
      byId("download").disabled = false;
    } catch (error) {
      report(error);
    }
  });
  byId("download").addEventListener("click", () => download(learnt, facts.encoder.fingerprint));
  await examples.show().catch(report);
  byId("loading").hidden = true;
  byId("content").hidden = false;
  await keepForLater();
}

/** Has the service worker keep all files of the model, now that the page has what it needs first. */
async function keepForLater() {
  const registered = await navigator.serviceWorker?.register("service-worker.js").catch(() => null);
  if (!registered) return; // a page that is not under https, or a browser that keeps nothing
  await navigator.serviceWorker.ready;
  say("offline", "All of the model is kept in this browser: it works without a network.");
}

start();
