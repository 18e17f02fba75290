// The examples of classes that a person teaches: kept with their vectors, shown class by class, and learnt from.

import { byId, element, say } from "./dom.js";
import { examplesOf, keep, remove } from "./storage.js";

export class Examples {
  /** @param model as `startModel` gives it. */
  constructor(model) {
    Object.assign(this, { model, pictures: [] });
  }

  get fingerprint() {
    return this.model.facts.encoder.fingerprint;
  }

  /** Keeps an item of a class: its vector, and its text or its thumbnail. */
  add(label, { name, vector, thumbnail }) {
    return keep({ fingerprint: this.fingerprint, label, item: name, vector, ...(thumbnail && { thumbnail }) });
  }

  async show() {
    const classes = new Map();
    for (const one of await examplesOf(this.fingerprint)) classes.set(one.label, [...(classes.get(one.label) ?? []), one]);
    this.pictures.forEach((address) => URL.revokeObjectURL(address));
    this.pictures = [];
    byId("learn").disabled = classes.size < 2;
    byId("labels").replaceChildren(...[...classes.keys()].map((value) => element("option", { value })));
    byId("known").replaceChildren(...[...classes].flatMap(([label, items]) => [
      element("h3", {}, `${label} (${items.length})`),
      element("ul", { className: items[0].thumbnail ? "pictures" : "texts" }, ...items.map((one) => this.#shown(one))),
    ]));
  }

  #shown({ key, label, item, thumbnail }) {
    const button = element("button", { type: "button" }, thumbnail ? "×" : "Remove");
    button.setAttribute("aria-label", `Remove from ${label}: ${item.slice(0, 40)}`);
    button.addEventListener("click", async () => {
      await remove(key);
      await this.show();
      (byId("known").querySelector("button") ?? byId("label")).focus();
    });
    if (!thumbnail) return element("li", {}, element("span", {}, item), button);
    const src = URL.createObjectURL(thumbnail);
    this.pictures.push(src);
    return element("li", {}, element("img", { src, alt: item, title: item }), button);
  }

  /** Learns a head from all of them: its weights, seconds, and the accuracy on examples that it has not seen (null: too few). */
  async learn() {
    const examples = await examplesOf(this.fingerprint);
    const labels = [...new Set(examples.map((one) => one.label))].sort();
    const pairs = examples.map((one) => [one.vector, labels.indexOf(one.label)]);
    const result = await this.model.learn(pairs, labels);
    const held = result.accuracy === null ? "" : ` Of examples that it had not seen it labels ${Math.round(100 * result.accuracy)}% right.`;
    say("learnt", `Learnt ${labels.join(", ")} from ${examples.length} examples in ${result.seconds.toFixed(2)} s.${held}`);
    return result.learnt;
  }
}

/** Gives the person what was learnt, as `vectormill import-head` reads it. */
export function download({ labels, layers: [{ kernel, bias, shape }] }, fingerprint) {
  const head = {
    format: "vectormill-head-1", labels, activation: "softmax", temperature: 1,
    encoder: fingerprint, shape, kernel: [...kernel], bias: [...bias],
  };
  const href = URL.createObjectURL(new Blob([JSON.stringify(head)], { type: "application/json" }));
  element("a", { href, download: "head.json" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // a browser may fetch it after the click
}
