// Drives the map of the search page in Chromium, and prints what it saw as one JSON line.
//
//   node map_page.mjs URL TEXT_INDEX IMAGE_INDEX FOLDER_OF_SCREENSHOTS

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [url, texts, images, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const launch = (...args) => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", ...args] });
let browser = await launch();
const seen = { console: [], serious: [], requests: [], widths: {}, steps: {} };

const open = async (width, colorScheme) => {
  const page = await (await browser.newContext({ viewport: { width, height: 900 }, colorScheme })).newPage();
  // Without a graphics card a screenshot reads what was drawn, which the driver remarks.
  page.on("console", (message) => message.text().includes("GPU stall due to ReadPixels") || seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("#index").options.length > 0);
  return page;
};

for (const [width, colorScheme] of [[1200, "light"], [400, "dark"]]) {
  const page = await open(width, colorScheme);
  const step = (name, value) => { seen.steps[`${name}-${width}`] = value; };
  const look = async (name) => {
    await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    for (const { impact, id, nodes } of found.violations) {
      if (impact === "serious" || impact === "critical") seen.serious.push(`${name}-${width}: ${id}: ${nodes[0].html.slice(0, 200)}`);
    }
    seen.widths[`${name}-${width}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  };
  const status = () => page.textContent("#map-view [role=status]");
  const listed = () => page.$$eval(".map-list li strong", (all) => all.map((one) => one.textContent));
  const coloured = (name) => page.waitForFunction((wanted) => document.querySelector("canvas")?.dataset.drawn === wanted, name);
  const selected = (some) => page.waitForFunction((text) => document.querySelector("#map-view [role=status]").textContent.includes(text), some);

  await page.selectOption("#index", texts);
  await page.fill("#words", "storm rain");
  await page.press("#words", "Enter");
  await page.waitForSelector(".hit");
  step("hits", await page.$$eval(".hit h2", (all) => all.map((one) => one.textContent)));
  await page.click("#tab-map");
  await coloured("cluster");
  step("rings", await page.textContent("#map-hits"));
  await page.locator("canvas").screenshot({ path: `${folder}/clusters-${width}.png` });

  await page.selectOption("#map-colour", "label");
  await coloured("label");
  step("legend", await page.$$eval(".map-legend button", (all) => all.map((one) => one.textContent)));
  step("colours", await page.$$eval(".map-swatch", (all) => all.map((one) => one.style.backgroundColor)));
  await page.locator("canvas").screenshot({ path: `${folder}/labels-${width}.png` });

  // The place of a point on the screen follows from its numbers, as the page has them.
  const box = await page.locator("canvas").boundingBox();
  const place = await page.evaluate(async (index) => {
    const { readPoints } = await import("/page/map_points.js");
    const { rows, x, y } = readPoints(await (await fetch(`/api/map?index=${index}`)).arrayBuffer());
    const at = x.reduce((best, value, one) => (value > x[best] ? one : best), 0);
    const [asked] = (await (await fetch(`/api/map/rows?index=${index}&rows=${rows[at]}`)).json()).columns;
    return { x: x[at], y: y[at], id: asked.id, text: asked.text };
  }, texts);
  const unit = 0.48 * Math.min(box.width, box.height);
  const [left, top] = [box.x + box.width / 2 + place.x * unit, box.y + box.height / 2 - place.y * unit];
  await page.mouse.move(left - 30, top);
  await page.mouse.move(left, top);
  await page.waitForSelector(".map-hint:visible");
  step("hover", [await page.textContent(".map-hint strong"), await page.textContent(".map-hint p"), place]);
  await page.mouse.move(5, 5);

  await page.click("text=Lasso");
  const corners = [[-1, 1], [1, 1], [1, -1], [-1, -1], [-1, 0.9]].map(([x, y]) => [box.x + box.width / 2 + 1.02 * x * unit, box.y + box.height / 2 + 1.02 * y * unit]);
  await page.mouse.move(...corners[0]);
  await page.mouse.down();
  for (const corner of corners.slice(1)) await page.mouse.move(...corner, { steps: 4 });
  await page.mouse.up();
  await page.waitForSelector(".map-list li");
  step("lasso", [await status(), (await listed()).length]);
  await look("lasso");

  // By keys alone: a value of the legend, then all of it that is in view, then nothing.
  const [first] = await page.$$(".map-legend button");
  await first.focus();
  await page.keyboard.press("Space");
  step("pressed", await page.$$eval(".map-legend button[aria-pressed=true]", (all) => all.length));
  await page.focus("canvas");
  await page.keyboard.press("0");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => new Set([...document.querySelectorAll(".map-list .label")].map((one) => one.textContent)).size === 1);
  step("by key", [await status(), await page.$$eval(".map-list .label", (all) => [...new Set(all.map((one) => one.textContent))])]);
  await page.keyboard.press("+");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Escape");
  await selected("points");
  await page.waitForFunction(() => !document.querySelector(".map-list li"));
  step("cleared", await status());

  await page.selectOption("#map-index", images);
  await page.waitForFunction(() => document.querySelector("#map-view [role=status]")?.textContent.startsWith("12 points"));
  await coloured("cluster");
  await page.click("text=Select what is in view");
  await page.waitForFunction(() => [...document.querySelectorAll(".map-list img")].filter((one) => one.naturalWidth).length === 12);
  step("pictures", await listed());
  await look("photographs");
}
await browser.close();

browser = await launch("--disable-gpu", "--disable-3d-apis");
const page = await open(1200, "light");
await page.click("#tab-map");
await page.waitForSelector("#map-view p");
seen.steps.without = await page.textContent("#map-view");
await page.click("#tab-search");
await page.selectOption("#index", texts);
await page.fill("#words", "storm");
await page.press("#words", "Enter");
await page.waitForSelector(".hit");
await browser.close();
console.log(JSON.stringify(seen));
