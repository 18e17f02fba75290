// A head: from vectors to scores; and a linear one that is learnt here from some labelled vectors.

export class Head {
  /** @param arrays weights `kernel0` [in, out], `bias0`, `kernel1`, …; facts: labels, activation, temperature. */
  constructor(arrays, { labels, activation, temperature }) {
    Object.assign(this, { labels, activation, temperature });
    this.layers = [];
    for (let at = 0; arrays[`kernel${at}`]; at += 1) {
      this.layers.push({ kernel: arrays[`kernel${at}`], bias: arrays[`bias${at}`], shape: arrays[`kernel${at}`].shape });
    }
  }

  /** A head of plain facts, as one that came out of a worker: labels, layers of kernel, bias and shape, activation, temperature. */
  static of({ layers, ...facts }) {
    return Object.assign(new Head({}, { activation: "softmax", temperature: 1, ...facts }), { layers });
  }

  /** Scores of a vector, one for each label. */
  scores(vector) {
    const last = this.layers.length - 1;
    let values = vector;
    this.layers.forEach((layer, at) => {
      values = dense(values, layer);
      if (at < last) values = values.map((value) => Math.max(value, 0));
    });
    return activated(values.map((value) => value / this.temperature), this.activation);
  }
}

function dense(values, { kernel, bias, shape: [width, out] }) {
  const made = Float64Array.from(bias);
  for (let k = 0; k < width; k += 1) {
    for (let column = 0; column < out; column += 1) made[column] += values[k] * kernel[k * out + column];
  }
  return made;
}

function activated(logits, activation) {
  if (activation === "softmax") {
    const most = Math.max(...logits);
    const powers = logits.map((value) => Math.exp(value - most));
    const total = powers.reduce((sum, value) => sum + value, 0);
    return powers.map((value) => value / total);
  }
  const each = logits.map((value) => 1 / (1 + Math.exp(-value)));
  if (activation === "sigmoid") return each;
  const kept = each.map((value) => Math.max(value, 1e-12));
  const total = kept.reduce((sum, value) => sum + value, 0);
  return kept.map((value) => value / total);
}

/**
 * Learns a linear softmax head: multinomial logistic regression by accelerated gradient steps (Nesterov, 1983), with a penalty of
 * s|W|²/2C, where s, the mean squared distance of a vector to the mean, makes C mean the same for every encoder, as in
 * transforms/heads/fit/linear.py. It is convex, so where it ends does not depend on where it begins.
 *
 * @param examples pairs of a vector and the position of its label.
 * @returns labels and `layers`, for `Head.of`.
 */
export function learn(examples, labels, { inverseRegularization = 10, steps = 300 } = {}) {
  const width = examples[0][0].length, out = labels.length, count = examples.length;
  const { mean, spread, rows } = centred(examples.map(([vector]) => vector));
  const size = width * out + out;
  let weights = new Float64Array(size), before = new Float64Array(size);
  const penalty = 1 / (inverseRegularization * count);
  const rate = 1 / (0.5 + penalty); // vectors of mean squared length 1 around 0, and a bias: the loss curves by 1/2 at most
  for (let step = 0; step < steps; step += 1) {
    const momentum = step / (step + 3);
    const ahead = weights.map((value, k) => value + momentum * (value - before[k]));
    const slope = new Float64Array(size);
    rows.forEach((row, at) => {
      const logits = ahead.slice(width * out);
      for (let k = 0; k < width; k += 1) for (let c = 0; c < out; c += 1) logits[c] += row[k] * ahead[k * out + c];
      const scores = activated(logits, "softmax");
      scores[examples[at][1]] -= 1;
      for (let k = 0; k < width; k += 1) for (let c = 0; c < out; c += 1) slope[k * out + c] += (row[k] * scores[c]) / count;
      for (let c = 0; c < out; c += 1) slope[width * out + c] += scores[c] / count;
    });
    for (let k = 0; k < width * out; k += 1) slope[k] += ahead[k] * penalty;
    [before, weights] = [weights, ahead.map((value, k) => value - rate * slope[k])];
  }
  const kernel = Float32Array.from(weights.subarray(0, width * out), (value) => value / spread);
  const bias = weights.slice(width * out);
  for (let k = 0; k < width; k += 1) for (let c = 0; c < out; c += 1) bias[c] -= mean[k] * kernel[k * out + c];
  return { labels, layers: [{ kernel, bias: Float32Array.from(bias), shape: [width, out] }] };
}

/** Vectors around their mean, divided by the root of their mean squared distance to it. */
function centred(vectors) {
  const mean = new Float64Array(vectors[0].length);
  for (const vector of vectors) vector.forEach((value, k) => { mean[k] += value / vectors.length; });
  const rows = vectors.map((vector) => Float64Array.from(vector, (value, k) => value - mean[k]));
  const squares = rows.reduce((total, row) => total + row.reduce((sum, value) => sum + value * value, 0), 0);
  const spread = Math.sqrt(squares / rows.length) || 1;
  rows.forEach((row) => row.forEach((value, k) => { row[k] = value / spread; }));
  return { mean, spread, rows };
}

/** The share of examples that heads which have not seen them label right: `folds` parts, each left out once. */
export function heldOutAccuracy(examples, labels, { folds = 5, ...options } = {}) {
  const parts = Math.min(folds, examples.length);
  let right = 0;
  for (let part = 0; part < parts; part += 1) {
    const seen = examples.filter((_, at) => at % parts !== part);
    if (new Set(seen.map(([, label]) => label)).size < 2) return null;
    const head = Head.of(learn(seen, labels, options));
    examples.forEach(([vector, label], at) => {
      if (at % parts !== part) return;
      const scores = head.scores(vector);
      right += scores.indexOf(Math.max(...scores)) === label;
    });
  }
  return right / examples.length;
}
