// Resizes pixels with the exported page's own module, and prints one JSON line: pixels in base64, case by case.
//
//   node image_resize.mjs FOLDER CASES.json      FOLDER holds image_resize.js; a case: pixels in base64, width, height, target, options

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, cases] = process.argv.slice(2);
const { resized, sourceOf } = await import(pathToFileURL(`${folder}/image_resize.js`));
console.log(JSON.stringify(JSON.parse(readFileSync(cases)).map(({ pixels, width, height, target, options }) => {
  const source = sourceOf(new Uint8Array(Buffer.from(pixels, "base64")), width, height);
  return Buffer.from(resized(source, target, options)).toString("base64");
})));
