// Opens the exported model: its encoder, checked against what it gave where it was made, and its head.

import { fetchBytes, readArrays } from "./arrays.js";
import { Head } from "./head.js";

const LEAST_COSINE = 0.999;

/**
 * @returns facts of the model, its `head`, `isFast`, and `encode(item)`: of a text, or of a photograph (a Blob), its `vector` and,
 * of a photograph, a `thumbnail` (a Blob).
 * @throws Error this browser does not run it, or computes other vectors.
 */
export async function openModel(folder = ".", read = fetchBytes) {
  const facts = JSON.parse(new TextDecoder().decode(await read(`${folder}/model.json`)));
  const open = facts.modality === "image" ? openImageEncoder : openTextEncoder;
  const [encoder, weights] = await Promise.all([open(folder, facts, read), readArrays(`${folder}/head.arrays`, read)]);
  return { facts, head: new Head(weights, facts.head), ...encoder };
}

async function openTextEncoder(folder, facts, read) {
  const { SentenceEncoder } = await import("./sentence_encoder.js");
  const code = await read(`${folder}/matrix.wasm`).catch(() => null);
  const encoder = await SentenceEncoder.open(`${folder}/encoder`, facts.encoder, { read, code });
  const { item, vector } = facts.check;
  const cosine = (await encoder.encode(item)).reduce((total, value, k) => total + value * vector[k], 0);
  if (!(cosine >= LEAST_COSINE)) throw new Error("This browser computes other vectors than the encoder's: the model does not run here.");
  return { isFast: encoder.matrices.isFast, encode: async (text) => ({ vector: await encoder.encode(text) }) };
}

async function openImageEncoder(folder, facts, read) {
  const [{ load, run }, { Photograph, checkPixels }] = await Promise.all([import("./graph_runtime.js"), import("./image_pixels.js")]);
  await checkPixels();
  const network = await load(`${folder}/encoder`, { read });
  const encode = async (file) => {
    const photograph = await Photograph.open(file);
    try {
      const thumbnail = await photograph.thumbnail();
      return { vector: await run(network, photograph.pixels(facts.image)), thumbnail };
    } finally {
      photograph.close();
    }
  };
  return { isFast: network.backend !== "wasm", encode };
}
