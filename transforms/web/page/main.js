// The page of an exported model: it labels texts or photographs, and learns classes from a few of them; nothing leaves the browser.

import { byId, say } from "./dom.js";
import { Examples, download } from "./examples.js";
import { Head } from "./head.js";
import { startModel } from "./model_client.js";
import { keepForLater } from "./offline.js";
import { listenForFiles, photographInput } from "./photograph_input.js";
import { Predictions } from "./predictions.js";
import { textInput } from "./text_input.js";

const LABELS_NAMED = 20, FAILURES_NAMED = 3;
const report = (error) => say("problem", error.message);

async function start() {
  let model;
  try {
    model = await startModel();
  } catch (error) {
    say("loading", "");
    report(error);
    return;
  }
  const { facts } = model;
  const predictions = new Predictions(model), examples = new Examples(model);
  let learnt = null;
  const kind = facts.modality === "image" ? "photograph" : "text";
  let newest = 0; // of what was given to be labelled: what is older shows nothing more

  /** Encodes items one after the other and hands each on; what cannot be read is named at the end. @returns whether all were read. */
  async function each(items, { place, use, isWanted = () => true }) {
    say("problem", "");
    const failures = [];
    for (const [at, item] of items.entries()) {
      if (!isWanted()) return false;
      if (items.length > 1) say(place, `${kind} ${at + 1} of ${items.length} …`);
      const name = item.name ?? item;
      try {
        await use({ name, ...(await model.encode(item)) });
      } catch (error) {
        failures.push(`${name.slice(0, 60)}: ${error.message}`);
      }
    }
    if (!isWanted()) return false;
    say(place, "");
    const unnamed = failures.length - FAILURES_NAMED;
    if (failures.length) report(new Error(failures.slice(0, FAILURES_NAMED).join("; ") + (unnamed > 0 ? `; and ${unnamed} more` : "")));
    return !failures.length;
  }

  async function predict(items) {
    const mine = (newest += 1), started = performance.now();
    predictions.clear();
    const isWanted = () => mine === newest;
    const isDone = await each(items, { place: "took", isWanted, use: (item) => { if (isWanted()) predictions.add(item); } });
    if (isWanted()) say("took", `${Math.round(performance.now() - started)} ms`);
    return isDone;
  }

  async function teach(items) {
    const label = byId("label").value.trim();
    if (!label) {
      report(new Error("Name the class first."));
      byId("label").focus();
      return false;
    }
    const isDone = await each(items, { place: "taken", use: (item) => examples.add(label, item) });
    await examples.show();
    return isDone;
  }

  const named = facts.head.labels.slice(0, LABELS_NAMED).join(", ") + (facts.head.labels.length > LABELS_NAMED ? ", …" : "");
  document.title = facts.name;
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
    say("learnt", "Learning …");
    try {
      learnt = Head.of(await examples.learn());
      predictions.learn(learnt);
      byId("download").disabled = false;
    } catch (error) {
      say("learnt", "");
      report(error);
    }
  });
  byId("download").addEventListener("click", () => download(learnt, facts.encoder.fingerprint));
  await examples.show().catch(report);
  say("loading", "");
  byId("content").hidden = false;
  await keepForLater("offline");
}

start();
