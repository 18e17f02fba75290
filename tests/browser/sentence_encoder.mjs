// Encodes texts with the exported encoder, by WebAssembly and in plain JavaScript; prints one JSON line.
//
//   node sentence_encoder.mjs FOLDER TEXTS.json VECTORS    the first VECTORS texts are encoded, of all the ids are printed

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, texts, many] = process.argv.slice(2);
const { SentenceEncoder } = await import(pathToFileURL(`${folder}/sentence_encoder.js`));
const read = async (path) => new Uint8Array(readFileSync(path));
const facts = JSON.parse(readFileSync(`${folder}/model.json`)).encoder;
const all = JSON.parse(readFileSync(texts));
const made = { ids: null, fast: [], plain: [], milliseconds: {} };
for (const [name, code] of [["fast", readFileSync(`${folder}/matrix.wasm`)], ["plain", null]]) {
  const encoder = await SentenceEncoder.open(`${folder}/encoder`, facts, { read, code });
  if (encoder.matrices.isFast !== (name === "fast")) throw new Error(`${name} is not`);
  made.ids ??= all.map((text) => encoder.tokenizer.encode(text));
  const some = all.slice(0, Number(many));
  for (const text of some) made[name].push([...await encoder.encode(text)]);
  const started = performance.now();
  for (const text of some) await encoder.encode(text);
  made.milliseconds[name] = (performance.now() - started) / some.length;
}
console.log(JSON.stringify(made));
