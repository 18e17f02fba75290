// Ranks documents by the words of a query: BM25 over files of which a query fetches those that hold its words.

import { Analysis } from "./analysis.js";
import { fetchBytes, readArrays } from "./arrays.js";

const DECIMALS = 1e6; // what differs beyond this is a tie

export class Words {
  /** @param facts of the site; `arrays` are those of index.arrays. */
  static async open(folder, facts, arrays, read = fetchBytes) {
    const isStemmed = facts.words.language !== "none";
    const [content, stemmer] = await Promise.all([read(`${folder}/analysis.json`), isStemmed ? import("./stemmer.js") : null]);
    const analysis = new Analysis(JSON.parse(new TextDecoder().decode(content)), stemmer?.default ?? null);
    return new Words(folder, facts, arrays, analysis, read);
  }

  constructor(folder, { words, documents }, arrays, analysis, read) {
    Object.assign(this, { folder, facts: words, documents, analysis, read });
    this.lengths = Float64Array.from(arrays.length_steps, (step) => arrays.length_weights[step]);
    this.files = new Map();
  }

  /** The words of a query with their weights, and the share of its information, 0 to 1, that each document holds. */
  async ask(text) {
    const asked = this.analysis.queryWords(text);
    const found = await Promise.all(asked.map(([word]) => this.postings(word)));
    const shares = new Float64Array(this.documents), weights = new Map();
    let highest = 0;
    asked.forEach(([word, count], at) => {
      const { frequency, documents, counts } = found[at];
      const weight = count * Math.log1p((this.facts.texts - frequency + 0.5) / (frequency + 0.5));
      weights.set(word, weight);
      highest += weight;
      documents.forEach((document, place) => {
        shares[document] += (weight * counts[place]) / (counts[place] + this.lengths[document]);
      });
    });
    if (highest) for (let at = 0; at < shares.length; at += 1) shares[at] = Math.round((shares[at] / highest) * DECIMALS) / DECIMALS;
    return { shares, weights };
  }

  /** The share of a query's information whose words stand in each of some passages. */
  sharesOf(weights, passages) {
    const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0) || 1;
    return passages.map((passage) => {
      const here = new Set(this.analysis.words(passage));
      return [...weights].reduce((sum, [word, weight]) => sum + (here.has(word) ? weight : 0), 0) / total;
    });
  }

  async postings(word) {
    const { places, arrays } = await this.file(fileOf(word, this.facts.files));
    const at = places.get(word);
    if (at === undefined) return { frequency: 0, documents: [], counts: [] };
    const start = arrays.starts[at], stop = arrays.starts[at + 1];
    const documents = arrays.steps.slice(start, stop);
    for (let place = 1; place < documents.length; place += 1) documents[place] += documents[place - 1];
    return { frequency: arrays.frequencies[at], documents, counts: arrays.counts.subarray(start, stop) };
  }

  file(number) {
    if (!this.files.has(number)) {
      const opened = readArrays(`${this.folder}/words-${String(number).padStart(5, "0")}.arrays`, this.read).then((arrays) => {
        const words = new TextDecoder().decode(arrays.words).split("\n");
        return { arrays, places: new Map(words.map((word, at) => [word, at])) };
      });
      this.files.set(number, opened);
      opened.catch(() => this.files.delete(number)); // the next query tries again
    }
    return this.files.get(number);
  }
}

/** The number of the file that a word is in: FNV-1a of its UTF-8. */
function fileOf(word, count) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(word)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value % count;
}
