// Opens a site, and answers as `vectormill serve` does: hits with their scores, columns and the sentence that answers best.

import { fetchBytes, inflated, readArrays } from "./arrays.js";
import { parsed } from "./elements.js";
import { best, depthOf, fused, spread } from "./ranking.js";
import { Vectors } from "./vectors.js";
import { Words } from "./words.js";

const LEAST_COSINE = 0.999;
const numbered = (name, number, digits) => `${name}-${String(number).padStart(digits, "0")}`;
const rounded = (value) => (value === null ? null : Math.round(value * 1e6) / 1e6);

export class Site {
  /** @param read gives the bytes of a file. */
  static async open(folder = ".", read = fetchBytes) {
    const facts = parsed(new TextDecoder().decode(await read(`${folder}/site.json`)));
    const code = (name) => read(`${folder}/${name}.wasm`).catch(() => null);
    const openEncoder = async () => {
      if (facts.encoder.takes !== "text") return null;
      const { SentenceEncoder } = await import("./sentence_encoder.js");
      return SentenceEncoder.open(`${folder}/encoder`, facts.encoder, { read, code: await code("matrix") });
    };
    const openVectors = async () => {
      const many = facts.vectors.rows_of_a_file, vectors = await Vectors.open(facts.rows, facts.vectors, await code("products"));
      await Promise.all(Array.from({ length: Math.ceil(facts.rows / many) }, async (_, number) => {
        const { codes, scales } = await readArrays(`${folder}/${numbered("vectors", number, 3)}.arrays`, read);
        vectors.set(number * many, codes, scales);
      }));
      return vectors;
    };
    const [arrays, vectors, encoder] = await Promise.all([readArrays(`${folder}/index.arrays`, read), openVectors(), openEncoder()]);
    const words = facts.words && (await Words.open(folder, facts, arrays, read));
    const site = new Site(folder, facts, arrays, vectors, encoder, words, read);
    await site.check();
    return site;
  }

  constructor(folder, facts, arrays, vectors, encoder, words, read) {
    Object.assign(this, { folder, facts, arrays, vectors, encoder, words, read });
    this.files = new Map();
    this.rowOfName = new Map();
  }

  async check() {
    if (!this.encoder) return;
    const { item, vector } = this.facts.encoder.check, found = await this.encoder.encode(item);
    const cosine = found.reduce((total, value, at) => total + value * vector[at], 0);
    if (!(cosine >= LEAST_COSINE)) throw new Error("This browser computes other vectors than the encoder's: the search does not run here.");
  }

  /**
   * The hits of a text, or of a vector.
   *
   * @param values those that columns must have, by name.
   */
  async search({ text = null, vector = null, mode = null, k = 10, values = {} }) {
    const way = text === null ? "vector" : (mode ?? this.facts.default_mode);
    const wanted = this.wanted(values);
    const query = vector ?? (way === "words" ? null : await this.encoder.encode(text));
    const asked = way === "vector" ? null : await this.words.ask(text);
    const cosines = query && this.vectors.cosines(query);
    const near = cosines && this.nearest(cosines, wanted);
    const shares = asked && this.sharesOf(asked.shares, wanted);
    const many = Math.min(k, this.facts.rows);
    if (way === "vector") return this.hits(best(near.scores, many).map((document) => ({ document, row: near.rows[document], score: near.scores[document], cosine: near.scores[document] })), text, asked);
    const ties = this.arrays.ranks;
    const byWords = best(shares, way === "words" ? many : depthOf(many, this.facts.rows), { floor: 0, ties });
    if (way === "words") return this.hits(byWords.map((document) => ({ document, row: null, score: shares[document], words: shares[document] })), text, asked, wanted);
    const byVector = best(near.scores, depthOf(many, this.facts.rows));
    const usual = spread(cosines, this.arrays.background);
    const scores = new Float64Array(this.facts.documents).fill(-Infinity);
    for (const document of [...byWords, ...byVector]) scores[document] = fused(shares[document], near.scores[document], usual, this.facts.weight);
    const isNear = new Set(byVector), isWorded = new Set(byWords);
    const found = best(scores, many, { ties }).map((document) => {
      const isLedByWords = !isNear.has(document) || (isWorded.has(document) && 2 * shares[document] >= scores[document]);
      return { document, row: isLedByWords ? null : near.rows[document], score: scores[document], words: shares[document] || null, cosines };
    });
    return this.hits(found, text, asked, wanted);
  }

  /** The rows that are like one that was shown. */
  async like(name, { k = 10, values = {} } = {}) {
    const row = this.rowOfName.get(name);
    if (row === undefined) throw new Error("This row is not known any more.");
    const wanted = this.wanted(values), own = this.documentOf(row);
    const near = this.nearest(this.vectors.cosines(this.vectors.vector(row, this.facts.dim)), wanted);
    near.scores[own] = -Infinity;
    return this.hits(best(near.scores, k).map((document) => ({ document, row: near.rows[document], score: near.scores[document], cosine: near.scores[document] })));
  }

  /** Some rows, from all over the site. */
  async some({ k = 10, values = {} }) {
    const wanted = this.wanted(values);
    const all = Array.from({ length: this.facts.rows }, (_, row) => row).filter((row) => !wanted || wanted[row]);
    const step = Math.max(all.length / k, 1);
    const rows = Array.from({ length: Math.min(k, all.length) }, (_, at) => all[Math.floor(at * step)]);
    return this.hits(rows.map((row) => ({ document: this.documentOf(row), row, score: null })));
  }

  /** The unit vector of a photograph (a Blob). Its encoder, some megabytes, is fetched with the first one. */
  async vectorOf(file) {
    const pixels = async () => {
      const module = await import("./image_pixels.js");
      await module.checkPixels();
      return module;
    };
    const [{ run }, { pixelsOf }, network] = await this.kept("encoder", (address) => Promise.all([
      import("./graph_runtime.js"), pixels(), import("./graph_runtime.js").then(({ load }) => load(address, { read: this.read }))]));
    const vector = await run(network, await pixelsOf(file, network.facts.image));
    const length = Math.sqrt(vector.reduce((total, value) => total + value * value, 0)) || 1;
    return vector.map((value) => value / length);
  }

  /** Which rows have these values, 0 or 1 each; null: all. */
  wanted(values) {
    const chosen = Object.entries(values);
    if (!chosen.length) return null;
    const rows = new Uint8Array(this.facts.rows).fill(1);
    for (const [name, value] of chosen) {
      const number = this.facts.columns.findIndex((column) => column.name === name);
      const place = this.facts.columns[number].values.indexOf(value) + 1, codes = this.arrays[`column-${number}`];
      for (let row = 0; row < rows.length; row += 1) if (codes[row] !== place) rows[row] = 0;
    }
    return rows;
  }

  documentOf(row) {
    return this.arrays.documents ? this.arrays.documents[row] : row;
  }

  /** The rows of each document: those of the i-th are at `starts[i]` to `starts[i + 1]` of `rows`. */
  get rowsOfDocuments() {
    if (!this.grouped) {
      const starts = new Uint32Array(this.facts.documents + 1), rows = new Uint32Array(this.facts.rows);
      for (let row = 0; row < rows.length; row += 1) starts[this.documentOf(row) + 1] += 1;
      for (let at = 0; at < this.facts.documents; at += 1) starts[at + 1] += starts[at];
      const next = starts.slice();
      for (let row = 0; row < rows.length; row += 1) rows[next[this.documentOf(row)]++] = row;
      this.grouped = { starts, rows };
    }
    return this.grouped;
  }

  /** The highest cosine of each document's wanted rows, and that row; -Infinity where none is wanted. */
  nearest(cosines, wanted) {
    const scores = new Float64Array(this.facts.documents).fill(-Infinity), rows = new Uint32Array(this.facts.documents);
    for (let row = 0; row < cosines.length; row += 1) {
      const document = this.documentOf(row);
      if ((wanted && !wanted[row]) || !(cosines[row] > scores[document])) continue;
      scores[document] = cosines[row];
      rows[document] = row;
    }
    return { scores, rows };
  }

  sharesOf(shares, wanted) {
    if (!wanted) return shares;
    const kept = new Float64Array(shares.length);
    for (let row = 0; row < wanted.length; row += 1) if (wanted[row]) kept[this.documentOf(row)] = shares[this.documentOf(row)];
    return kept;
  }

  /** @param found objects of document, row (null: the one that holds most of the words), score; words and cosine, or all cosines. */
  hits(found, text = null, asked = null, wanted = null) {
    return Promise.all(found.map(async ({ document, row, score, words = null, cosine = null, cosines = null }) => {
      const shown = row ?? (await this.wordedRow(document, asked, wanted));
      const { sentences = null, ...columns } = await this.row(shown);
      this.rowOfName.set(columns.chunk ?? columns.id, shown);
      const own = cosines ? Math.max(-1, Math.min(1, cosines[shown])) : cosine;
      const sentence = text === null || !sentences ? null : this.sentence(columns.text, sentences, words === null ? null : asked);
      return { score: rounded(score), cosine: rounded(own), words: rounded(words), sentence, chunk: null, ...columns };
    }));
  }

  /** The row of a document that holds most of a query's words. */
  async wordedRow(document, asked, wanted) {
    const { starts, rows } = this.rowsOfDocuments;
    const own = [...rows.subarray(starts[document], starts[document + 1])].filter((row) => !wanted || wanted[row]);
    if (own.length === 1) return own[0];
    const texts = await Promise.all(own.map(async (row) => (await this.row(row)).text));
    const shares = this.words.sharesOf(asked.weights, texts);
    return own[shares.indexOf(Math.max(...shares))];
  }

  sentence(text, sentences, asked) {
    if (sentences.length < 2) return sentences[0] ?? null;
    if (!asked) return null;
    const characters = Array.from(text);
    const shares = this.words.sharesOf(asked.weights, sentences.map(([start, stop]) => characters.slice(start, stop).join("")));
    const most = Math.max(...shares);
    return most > 0 ? sentences[shares.indexOf(most)] : null;
  }

  async row(row) {
    const starts = this.arrays.row_starts;
    let low = 0, high = starts.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= row) low = middle;
      else high = middle;
    }
    const rows = await this.kept(`${numbered("rows", low, 5)}.json.gz`, async (address) => parsed(new TextDecoder().decode(await inflated(await this.read(address)))));
    return rows[row - starts[low]];
  }

  /** The columns of a row, without where its sentences are; its name is known then. */
  async columns(row) {
    const { sentences, ...columns } = await this.row(row);
    this.rowOfName.set(columns.chunk ?? columns.id, row);
    return columns;
  }

  /** The arrays of the map's points. */
  mapPoints() {
    return this.kept("map.arrays", (address) => readArrays(address, this.read));
  }

  /** The bytes of a small JPEG of a row that was shown; null where there is none. */
  async picture(name) {
    const row = this.rowOfName.get(name), many = this.facts.pictures?.rows_of_a_file;
    if (!many || row === undefined) return null;
    const { starts, bytes } = await this.kept(`${numbered("pictures", Math.floor(row / many), 5)}.arrays`, (address) => readArrays(address, this.read));
    const at = row % many;
    return starts[at + 1] > starts[at] ? bytes.subarray(starts[at], starts[at + 1]) : null;
  }

  /** What `open` makes of a file, which is kept. */
  kept(file, open) {
    if (!this.files.has(file)) {
      const opened = open(`${this.folder}/${file}`);
      this.files.set(file, opened);
      opened.catch(() => this.files.delete(file)); // the next answer tries again
    }
    return this.files.get(file);
  }
}
