// Runs an exported encoder of images, a graph model of TensorFlow.js, in the fastest way that passes its self-test here.

import { fetchBytes, readArrays } from "./arrays.js";
import * as tf from "./vendor/tfjs.js";

const TOLERANCE = 1e-4; // of the longest coordinate of the vector that the encoder was exported with
const AT_ONCE = 8; // pictures: a network keeps some 10 MB for each
const WAYS = { auto: ["wasm-simd", "wasm", "webgl"], wasm: ["wasm-simd", "wasm"], "wasm-plain": ["wasm"], webgl: ["webgl"] };
const BINARIES = { "wasm-simd": "tfjs-backend-wasm-simd.wasm", wasm: "tfjs-backend-wasm.wasm" };
const ENGINES = { "wasm-simd": "wasm", wasm: "wasm", webgl: "webgl" };
let openedWasm = null;

/**
 * Opens the encoder of a folder.
 *
 * @param backend "auto", "wasm" (with 128-bit instructions where there are such), "wasm-plain" (without), or "webgl".
 * @param read gives the bytes at an address.
 * @returns a model for `run`: `facts` of it, and `backend`: wasm-simd, wasm or webgl.
 * @throws Error no way of computing passes the self-test here.
 */
export async function load(folder, { backend = "auto", read = fetchBytes } = {}) {
  const json = async (path) => JSON.parse(new TextDecoder().decode(await read(path)));
  const facts = await json(`${folder}/model.json`);
  const graph = await json(`${folder}/${facts.graph}`);
  const place = `${folder}/${facts.graph}`.replace(/[^/]*$/, "");
  const shards = await Promise.all(graph.weightsManifest.flatMap(({ paths }) => paths).map((path) => read(place + path)));
  const artifacts = {
    modelTopology: graph.modelTopology,
    signature: graph.signature,
    weightSpecs: graph.weightsManifest.flatMap(({ weights }) => weights),
    weightData: await new Blob(shards).arrayBuffer(),
  };
  const check = await readArrays(`${folder}/${facts.check.pixels}`, read);
  const passed = [], failures = [];
  for (const way of WAYS[backend]) {
    if (way === "wasm" && passed.length) continue;
    if (way === "webgl" && backend === "auto" && !hasWebGL({ failIfMajorPerformanceCaveat: true })) continue;
    try {
      passed.push(await tried(way, artifacts, facts, check, read));
    } catch (error) {
      failures.push(`${way}: ${error.message}`);
    }
  }
  if (!passed.length) throw new Error(`This browser cannot run the model: ${failures.join("; ")}`);
  const [best, ...others] = passed.sort((one, other) => one.milliseconds - other.milliseconds);
  others.forEach(dispose);
  return best;
}

/** Vectors Float32Array [n * dimension] of pixels Float32Array [n, height, width, 3] in the range that `facts.image` states. */
export async function run(model, pixels) {
  const { image, dimension } = model.facts;
  const shape = [image.height, image.width, image.channels];
  const size = shape.reduce((product, side) => product * side);
  if (!pixels.length || pixels.length % size) throw new Error(`${pixels.length} numbers are no pictures of ${shape.join(" x ")}`);
  const vectors = new Float32Array((pixels.length / size) * dimension);
  for (let start = 0; start * size < pixels.length; start += AT_ONCE) {
    const some = pixels.subarray(start * size, (start + AT_ONCE) * size);
    const engine = ENGINES[model.backend];
    while (tf.getBackend() !== engine) await tf.setBackend(engine); // another model may have set its own meanwhile
    const made = tf.tidy(() => model.graph.predict(tf.tensor(some, [some.length / size, ...shape])));
    vectors.set(await made.data(), start * dimension);
    made.dispose();
  }
  return vectors;
}

/** Gives back the memory of a model. */
export function dispose(model) {
  model.graph.dispose();
}

/** The model in one way of computing, with the time of a picture. */
async function tried(way, artifacts, facts, check, read) {
  await open(way, read);
  const model = { facts, backend: way, graph: new tf.GraphModel({ load: () => artifacts }), milliseconds: Infinity };
  model.graph.load();
  try {
    const [low, high] = facts.image.range;
    const pixels = Float32Array.from(check.pixels, (value) => low + (value * (high - low)) / 255);
    const found = await run(model, pixels);
    const scale = check.vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = found.reduce((most, value, k) => Math.max(most, Math.abs(value - check.vector[k])), 0) / scale;
    if (!(off <= TOLERANCE)) throw new Error(`its vectors are off by ${off.toPrecision(2)} of their scale`);
    const started = performance.now();
    await run(model, pixels);
    model.milliseconds = performance.now() - started;
    return model;
  } catch (error) {
    dispose(model);
    throw error;
  }
}

async function open(way, read) {
  if (way === "webgl") {
    if (!hasWebGL()) throw new Error("this browser lacks it");
    if (!tf.findBackend("webgl")) tf.registerBackend("webgl", () => new tf.MathBackendWebGL());
  } else if (openedWasm !== way) {
    const code = await read(String(new URL(`./vendor/${BINARIES[way]}`, import.meta.url)));
    if (!WebAssembly.validate(code)) throw new Error("this browser lacks its instructions");
    if (!tf.env().platform) tf.env().setPlatform("none", { now: () => performance.now(), isTypedArray: ArrayBuffer.isView });
    tf.env().platform.fetch = async () => ({ ok: true, arrayBuffer: async () => code });
    tf.env().set("WASM_HAS_SIMD_SUPPORT", way === "wasm-simd");
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false); // threads want headers that a static server does not send
    tf.setWasmPaths("vendor/", true);
    if (openedWasm) tf.removeBackend("wasm");
    tf.registerBackend("wasm", async () => new tf.BackendWasm((await tf.initWasm()).wasm));
    openedWasm = way;
  }
  if (!(await tf.setBackend(ENGINES[way]))) throw new Error("it is not here");
}

/** Whether there is WebGL; with `failIfMajorPerformanceCaveat` on a graphics processor, without which WebAssembly is faster. */
function hasWebGL(wanted = {}) {
  return typeof OffscreenCanvas !== "undefined" && new OffscreenCanvas(1, 1).getContext("webgl2", wanted) !== null;
}
