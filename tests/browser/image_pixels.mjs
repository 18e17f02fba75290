// Decodes and resizes photographs in Chromium with the page's own modules, and prints one JSON line: levels or the reason, by name; and
// under "check" what a browser is told that changes pixels.
//
//   node image_pixels.mjs URL IMAGE.json FILE...      URL serves the modules; IMAGE.json: what an encoder takes, as in a model.json

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { chromium } from "playwright-core";

const [url, image, ...files] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(`${url}style.css`); // any document of that origin
const seen = {};
for (const file of files) {
  seen[basename(file)] = await page.evaluate(async ([bytes, facts]) => {
    const { Photograph } = await import("/image_pixels.js");
    const blob = new Blob([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))]);
    try {
      const started = performance.now();
      const photograph = await Photograph.open(blob);
      const levels = photograph.levels(facts);
      const milliseconds = performance.now() - started;
      const small = await createImageBitmap(await photograph.thumbnail());
      return { levels: btoa(levels.reduce((text, level) => text + String.fromCharCode(level), "")), thumbnail: [small.width, small.height], milliseconds };
    } catch (error) {
      return { error: `${error.name}: ${error.message}` };
    }
  }, [readFileSync(file).toString("base64"), JSON.parse(readFileSync(image))]);
}
seen.check = await page.evaluate(async () => {
  const { checkPixels } = await import("/image_pixels.js");
  const said = () => checkPixels().then(() => "", (error) => error.message);
  const untouched = await said();
  const read = OffscreenCanvasRenderingContext2D.prototype.getImageData;
  OffscreenCanvasRenderingContext2D.prototype.getImageData = function noisy(...given) {
    const found = read.apply(this, given);
    found.data.forEach((value, at) => { found.data[at] = value ^ 8; });
    return found;
  };
  return { untouched, noisy: await said() };
});
await browser.close();
console.log(JSON.stringify(seen));
