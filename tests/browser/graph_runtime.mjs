// Runs an exported encoder of images in each way of computing; prints one JSON line: vectors, and milliseconds a picture.
//
//   node graph_runtime.mjs FOLDER PIXELS [URL BACKEND...]
//
// FOLDER is an exported model; PIXELS a file with `pixels` float32 [n, h, w, 3]. With the URL of FOLDER Chromium runs it, too.

import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, given, url, ...backends] = process.argv.slice(2);
const read = async (path) => new Uint8Array(readFileSync(path.startsWith("file:") ? fileURLToPath(path) : path));
const { readArrays } = await import(pathToFileURL(`${folder}/arrays.js`));
const { load, run, dispose } = await import(pathToFileURL(`${folder}/graph_runtime.js`));
const { pixels } = await readArrays(given, read);
const size = pixels.length / pixels.shape[0];
const made = {};
for (const backend of ["wasm", "wasm-plain"]) {
  const model = await load(`${folder}/encoder`, { backend, read });
  const vectors = await run(model, pixels);
  const milliseconds = [];
  for (let at = 0; at < pixels.length; at += size) {
    const started = performance.now();
    await run(model, pixels.subarray(at, at + size));
    milliseconds.push(performance.now() - started);
  }
  made[model.backend] = { vectors: [...vectors], milliseconds };
  dispose(model);
}
if (url) {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--enable-unsafe-swiftshader"] });
  const page = await browser.newPage();
  await page.goto(url);
  for (const backend of backends) {
    made[`page ${backend}`] = await page.evaluate(async ([wanted, numbers]) => {
      const runtime = await import("./graph_runtime.js");
      const model = await runtime.load("encoder", { backend: wanted });
      const vectors = await runtime.run(model, Float32Array.from(numbers));
      runtime.dispose(model);
      return { backend: model.backend, vectors: [...vectors] };
    }, [backend, [...pixels]]);
  }
  await browser.close();
}
console.log(JSON.stringify(made));
