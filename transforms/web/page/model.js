// Opens the exported model: its encoder and its head, checked against what they gave where they were made.

import { fetchBytes, readArrays } from "./arrays.js";
import { Head } from "./head.js";
import { SentenceEncoder } from "./sentence_encoder.js";

const LEAST_COSINE = 0.999;

/** @returns facts of the model, `encode(item)` to a unit vector, and its `head`. */
export async function openModel(folder = ".", read = fetchBytes) {
  const facts = JSON.parse(new TextDecoder().decode(await read(`${folder}/model.json`)));
  const code = await read(`${folder}/matrix.wasm`).catch(() => null);
  const [encoder, weights] = await Promise.all([
    SentenceEncoder.open(`${folder}/encoder`, facts.encoder, { read, code }),
    readArrays(`${folder}/head.arrays`, read),
  ]);
  const model = { facts, head: new Head(weights, facts.head), encode: (text) => encoder.encode(text), isFast: encoder.matrices.isFast };
  await check(model);
  return model;
}

async function check({ facts, encode }) {
  const { item, vector } = facts.check;
  const found = await encode(item);
  const cosine = found.reduce((total, value, k) => total + value * vector[k], 0);
  if (!(cosine >= LEAST_COSINE)) throw new Error("This browser computes other vectors than the encoder's: the model does not run here.");
}
