// Scores vectors as the page of a site does, in WebAssembly and in plain JavaScript, and prints the cosines as one JSON line.
//
//   node site_vectors.mjs FOLDER GIVEN.json        FOLDER: vectors.mjs and products.wasm; GIVEN: bits, width, codes, scales, query

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, givenFile] = process.argv.slice(2);
const { bits, width, codes, scales, query } = JSON.parse(readFileSync(givenFile));
const { Vectors } = await import(pathToFileURL(`${folder}/vectors.mjs`));
const made = {};
for (const [name, code] of [["fast", readFileSync(`${folder}/products.wasm`)], ["plain", null]]) {
  const vectors = await Vectors.open(scales.length, { width, bits }, code);
  if ((vectors.call !== null) !== (name === "fast")) throw new Error(`${name} is not`);
  const half = Math.floor(scales.length / 2);
  vectors.set(half, codes.slice(half * width), scales.slice(half));
  vectors.set(0, codes.slice(0, half * width), scales.slice(0, half));
  made[name] = [...vectors.cosines(Float32Array.from(query))];
}
console.log(JSON.stringify(made));
