// The model as the page sees it: every call goes to a worker, and its answer is a promise.

import { Head } from "./head.js";

/**
 * @returns facts of the model, its `head`, and `encode(item)` and `learn(examples, labels)` as in model_worker.js.
 * @throws Error the model does not run in this browser; as `openModel` says.
 */
export async function startModel() {
  const worker = new Worker("model_worker.js", { type: "module" });
  const waiting = new Map();
  let calls = 0;
  const call = (name, ...given) => new Promise((done, failed) => {
    const id = (calls += 1);
    waiting.set(id, { done, failed });
    worker.postMessage({ id, call: name, given });
  });
  worker.onmessage = ({ data: { id, result, error } }) => {
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) done(result);
    else failed(new Error(error));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { failed } of waiting.values()) failed(new Error("This browser could not run the model: reload the page, or take a newer browser."));
    waiting.clear();
  };
  const { facts, head } = await call("open");
  return {
    facts,
    head: Head.of(head),
    encode: (item) => call("encode", item),
    learn: (examples, labels) => call("learn", examples, labels),
  };
}
