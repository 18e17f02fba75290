// The Universal Sentence Encoder multilingual 3: texts to unit vectors of 512 numbers.
//
// The network is that of `transforms/encoders/multilingual.py`: rows of a table, n-gram layers of 2, 3 and 5 tokens twice, a
// sum over the tokens, and a small dense network. The table comes in pieces, of which those that a text needs are fetched.

import { fetchBytes, readArrays } from "./arrays.js";
import { Matrices } from "./matrix.js";
import { Tokenizer } from "./tokenizer.js";

const BEGIN = 1, END = 2, UNKNOWN = 0;
const DIM = 512, WIDTH = 256, BLOCKS = 17;
const ORDERS = [2, 3, 5];

export class SentenceEncoder {
  /** @param folder address of the encoder's files; `read` gives the bytes of one, `code` those of matrix.wasm. */
  static async open(folder, facts, { read = fetchBytes, code = null } = {}) {
    const open = (name) => readArrays(`${folder}/${name}.arrays`, read);
    const [tokens, network] = await Promise.all([open("tokenizer"), open("network")]);
    return new SentenceEncoder(new Tokenizer(tokens), network, await Matrices.open(network, code), open, facts);
  }

  constructor(tokenizer, network, matrices, open, { rows_of_a_file: rowsOfFile, epsilon }) {
    this.tokenizer = tokenizer;
    this.network = network;
    this.matrices = matrices;
    this.open = open;
    this.rowsOfFile = rowsOfFile;
    this.epsilon = epsilon;
    this.files = new Map();
  }

  /** Unit vector float32 [512] of a text. */
  async encode(text) {
    const found = this.tokenizer.encode(text);
    const ids = [BEGIN, ...(found.length ? found : [UNKNOWN]), END];
    return this.vectorOf(await this.rowsOf(ids), ids.length);
  }

  /** The rows of tokens: float32 [n, 512]. */
  async rowsOf(ids) {
    const wanted = [...new Set(ids.map((id) => Math.floor(id / this.rowsOfFile)))];
    await Promise.all(wanted.map((file) => this.file(file)));
    const rows = new Float32Array(ids.length * DIM);
    for (const [at, id] of ids.entries()) {
      const { table } = this.files.get(Math.floor(id / this.rowsOfFile)).arrays;
      const start = (id % this.rowsOfFile) * DIM, scale = this.network.scale[id % BLOCKS], offset = this.network.offset[id % BLOCKS];
      for (let k = 0; k < DIM; k += 1) rows[at * DIM + k] = table[start + k] * scale + offset;
    }
    return rows;
  }

  async file(number) {
    if (!this.files.has(number)) this.files.set(number, { arrays: null, opened: this.open(`rows-${String(number).padStart(3, "0")}`) });
    const file = this.files.get(number);
    try {
      file.arrays ??= await file.opened;
    } catch (error) {
      this.files.delete(number); // the next text tries again
      throw error;
    }
  }

  vectorOf(rows, count) {
    const net = this.network;
    const projected = new Float32Array(count * 3 * WIDTH);
    fill(projected, net.projection_bias);
    this.matrices.addProduct(projected, rows, "projection", count);
    for (let row = 0; row < count; row += 1) {
      const own = projected.subarray(row * 3 * WIDTH, (row + 1) * 3 * WIDTH);
      const scale = 1 / Math.sqrt(squares(own) / own.length + this.epsilon);
      for (let k = 0; k < own.length; k += 1) own[k] = own[k] * scale * net.gain[k] + net.bias[k];
    }
    const features = [[rows, DIM]];
    for (const [branch, order] of ORDERS.entries()) {
      const own = new Float32Array(count * WIDTH);
      for (let row = 0; row < count; row += 1) {
        const start = row * 3 * WIDTH + branch * WIDTH;
        own.set(projected.subarray(start, start + WIDTH), row * WIDTH);
      }
      features.push([this.ngrams(this.ngrams(own, count, order, 1), count, order, 2), WIDTH]);
    }
    return this.head(summed(features, count, this.epsilon), count);
  }

  /** relu(convolution) + input, of `order` neighbours; float32 [count, 256]. An even order sees one more to the right. */
  ngrams(input, count, order, layer) {
    // Zeros on both sides stand for what is not there, and a window of neighbours is then one run of numbers.
    const padded = new Float32Array((count + order - 1) * WIDTH);
    padded.set(input, Math.floor((order - 1) / 2) * WIDTH);
    const out = new Float32Array(count * WIDTH);
    fill(out, this.network[`bias${layer}_${order}`]);
    this.matrices.addProduct(out, padded, `kernel${layer}_${order}`, count, WIDTH);
    for (let k = 0; k < out.length; k += 1) out[k] = Math.max(out[k], 0) + input[k];
    return out;
  }

  head(sums, count) {
    const times = (vector, name) => this.matrices.product(vector, name);
    const bias = this.network.output_bias;
    const x = times(sums, "output").map((value, k) => (value + count * bias[k]) / Math.sqrt(count));
    const a = relu(times(x, "d0"));
    const b = relu(sum(times(x, "p1"), times(a, "d1")));
    const c = relu(times(b, "d2"));
    const y = sum(times(b, "p3"), times(c, "d3")).map(Math.tanh);
    const scale = 1 / Math.sqrt(Math.max(squares(y), this.epsilon));
    return y.map((value) => value * scale);
  }
}

/** Sums over the tokens of their features, each token scaled by its own deviation: float32 [1280]. */
function summed(features, count, epsilon) {
  const width = features.reduce((total, [, own]) => total + own, 0);
  const sums = new Float32Array(width);
  for (let row = 0; row < count; row += 1) {
    let mean = 0, square = 0;
    for (const [values, own] of features) {
      for (let k = row * own; k < (row + 1) * own; k += 1) {
        mean += values[k];
        square += values[k] * values[k];
      }
    }
    mean /= width;
    const scale = 1 / Math.sqrt(square / width - mean * mean + epsilon);
    let at = 0;
    for (const [values, own] of features) {
      for (let k = row * own; k < (row + 1) * own; k += 1, at += 1) sums[at] += values[k] * scale;
    }
  }
  return sums;
}

const squares = (values) => values.reduce((total, value) => total + value * value, 0);
const relu = (values) => values.map((value) => Math.max(value, 0));
const sum = (left, right) => left.map((value, k) => value + right[k]);

function fill(rows, values) {
  for (let start = 0; start < rows.length; start += values.length) rows.set(values, start);
}
