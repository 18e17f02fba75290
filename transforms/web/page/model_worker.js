// Runs the model beside the page, so that the page never stands still: one call after the other, in the order that they were made.

import { heldOutAccuracy, learn } from "./head.js";
import { openModel } from "./model.js";

let model = null;
const CALLS = {
  async open() {
    model = await openModel();
    const { labels, activation, temperature, layers } = model.head;
    return { facts: model.facts, head: { labels, activation, temperature, layers }, isFast: model.isFast };
  },
  encode: (item) => model.encode(item),
  learn(examples, labels) {
    const started = performance.now();
    const learnt = learn(examples, labels);
    const seconds = (performance.now() - started) / 1000;
    return { learnt, seconds, accuracy: heldOutAccuracy(examples, labels) };
  },
};

let before = Promise.resolve();
self.onmessage = ({ data: { id, call, given } }) => {
  before = before
    .then(() => CALLS[call](...given))
    .then((result) => self.postMessage({ id, result }), (error) => self.postMessage({ id, error: error.message }));
};
