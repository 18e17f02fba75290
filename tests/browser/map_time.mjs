// Opens the map of the search page in a fresh Chromium, several times, and prints as JSON how long each took.
//
//   node map_time.mjs URL TIMES       milliseconds from the click on "Map" to the first frame that shows all points, and of a move

import { chromium } from "playwright-core";

const [url, times] = process.argv.slice(2);
const seen = { opened: [], moved: [] };
for (let time = 0; time < Number(times); time += 1) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.goto(url);
  await page.waitForSelector("#tab-map");
  const found = await page.evaluate(async () => {
    // A frame is drawn when its pixels can be read.
    const drawn = (canvas) => { canvas.getContext("webgl2").readPixels(0, 0, 1, 1, 6408, 5121, new Uint8Array(4)); return performance.now(); };
    const frame = () => new Promise((done) => { requestAnimationFrame(done); });
    const started = performance.now();
    document.querySelector("#tab-map").click();
    while (!document.querySelector("canvas")?.dataset.drawn) await frame();
    const canvas = document.querySelector("canvas");
    const opened = drawn(canvas) - started;
    const moved = [];
    for (let step = 0; step < 20; step += 1) {
      const before = performance.now();
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key: step % 2 ? "ArrowLeft" : "ArrowRight" }));
      await frame();
      moved.push(drawn(canvas) - before);
    }
    return { opened, moved: moved.sort((a, b) => a - b)[10] };
  });
  seen.opened.push(found.opened);
  seen.moved.push(found.moved);
  await browser.close();
}
console.log(JSON.stringify(seen));
