// Shows what the model, and what was learnt here, say of the items that were given last.

import { byId, element, say } from "./dom.js";

const SHOWN = 5;

export class Predictions {
  /** @param model as `startModel` gives it; `learnt`: a head that was learnt here, or null. */
  constructor(model) {
    Object.assign(this, { model, learnt: null, items: [], pictures: [] });
  }

  /** Begins anew: what was shown is forgotten. */
  clear() {
    this.pictures.forEach((address) => URL.revokeObjectURL(address));
    this.items = [];
    this.pictures = [];
    byId("predictions").replaceChildren();
    say("took", "");
  }

  add(item) {
    this.items.push(item);
    byId("predictions").append(this.#shown(item));
  }

  /** Shows the same items again, by a head that was learnt meanwhile. */
  learn(head) {
    this.learnt = head;
    byId("predictions").replaceChildren(...this.items.map((item) => this.#shown(item)));
  }

  #shown({ name, vector, thumbnail }) {
    const parts = [scoresOf(this.model.head, vector)];
    if (this.learnt) parts.push(element("h3", {}, "By what was learnt here"), scoresOf(this.learnt, vector, "own"));
    if (!thumbnail) return element("li", {}, ...parts);
    const src = URL.createObjectURL(thumbnail);
    this.pictures.push(src);
    const title = element("p", { className: "faint title" }, name);
    return element("li", { className: "photograph" }, element("img", { src, alt: "" }), element("div", {}, title, ...parts));
  }
}

function scoresOf(head, vector, className = "scores") {
  const best = [...head.scores(vector)].map((score, at) => [score, head.labels[at]]).sort((a, b) => b[0] - a[0]).slice(0, SHOWN);
  return element("ol", { className }, ...best.map(([score, label]) => {
    const meter = element("meter", { min: 0, max: 1, value: score });
    meter.setAttribute("aria-hidden", "true");
    return element("li", {}, meter, ` ${score.toFixed(3)} ${label}`);
  }));
}
