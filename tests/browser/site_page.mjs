// Drives the page of a site in Chromium, and writes what it saw to FOLDER/seen.json.
//
//   node site_page.mjs URL GIVEN.json FOLDER        GIVEN: `typed`, a query, or null; `filter`, a column and a value, or null;
//                                                   `queries` in words, and `modes`; `photographs`, paths of files; whether
//                                                   there is a `map`
//
// A line "offline" on standard output asks for the server to stop; then a line is waited for on standard input.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline/promises";
import { chromium } from "playwright-core";

const [url, givenFile, folder] = process.argv.slice(2);
const given = JSON.parse(readFileSync(givenFile));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const seen = { console: [], requests: [], serious: [], wide: {}, steps: {}, answers: {}, milliseconds: {} };
let page = null;

for (const [width, colorScheme] of [[1200, "light"], [400, "dark"]]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  page = await context.newPage();
  page.setDefaultTimeout(120_000);
  // Without a graphics card a screenshot reads what was drawn, which the driver remarks.
  page.on("console", (message) => message.text().includes("GPU stall due to ReadPixels") || seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  const step = (name, value) => { seen.steps[`${name}-${width}`] = value; };
  const ids = () => page.$$eval(".hit h2", (all) => all.map((one) => one.textContent));
  const started = performance.now();
  await page.goto(url);
  await page.waitForSelector("#search:visible");
  if (given.typed) {
    // The field has the focus: a person begins to write.
    await page.keyboard.type(given.typed);
    await page.keyboard.press("Enter");
  }
  await page.waitForSelector(".hit");
  seen.milliseconds[`first-${width}`] = performance.now() - started;
  step("ids", await ids());
  step("marks", await page.$$eval(".hit mark", (all) => all.map((one) => one.textContent)));
  step("pictures", await page.$$eval(".hit img", (all) => all.length));
  await page.waitForFunction(() => [...document.querySelectorAll(".hit img")].every((one) => one.loading !== "lazy" || one.complete || !one.src));
  const look = async (name) => {
    await page.screenshot({ path: `${folder}/${name}-${width}.png` });
    await page.evaluate(axe);
    for (const { impact, id, nodes } of (await page.evaluate(() => globalThis.axe.run())).violations) {
      if (impact === "serious" || impact === "critical") seen.serious.push(`${name}-${width}: ${id}: ${nodes[0].html.slice(0, 200)}`);
    }
    seen.wide[`${name}-${width}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  };
  await look("site");
  if (given.map) {
    await page.click("#tab-map");
    await page.waitForFunction(() => document.querySelector("canvas")?.dataset.drawn === "cluster");
    step("rings", await page.textContent("#map-hits"));
    const colour = await page.$("#map-view select");
    await colour.selectOption("label");
    await page.waitForFunction(() => document.querySelector("canvas")?.dataset.drawn === "label");
    step("legend", await page.$$eval(".map-legend button", (all) => all.map((one) => one.textContent)));
    await look("map");
    await page.click("#tab-search");
  }
  if (given.filter) {
    const [column, label] = given.filter;
    await page.selectOption(`[data-column="${column}"]`, { label });
    await page.waitForFunction((value) => [...document.querySelectorAll(".hit .label")].every((one) => one.textContent === value), label);
    step("filtered", await ids());
  }
  // By keys alone, to the first answer's "More like this".
  await page.focus("#k");
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.textContent === "More like this")) break;
  }
  const asked = await page.evaluate(() => document.activeElement.getAttribute("aria-label").replace("More like this: ", ""));
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) => document.querySelector("#status").textContent.includes(`“${id.slice(0, 80)}”`), asked);
  step("like", [asked, await ids()]);
}

for (const mode of given.modes) {
  const started = performance.now();
  seen.answers[mode] = await page.evaluate(async ([texts, way]) => {
    const { search } = await import("./api.js");
    const found = [];
    for (const text of texts) found.push((await search({ text, mode: way, k: 10 })).hits.map(({ id, score, chunk, sentence }) => ({ id, score, chunk, sentence })));
    return found;
  }, [given.queries, mode]);
  seen.milliseconds[mode] = (performance.now() - started) / given.queries.length;
}
if (given.photographs.length) {
  await page.goto(url);
  await page.waitForSelector("#search:visible");
  await page.setInputFiles("#picture", given.photographs[0]);
  await page.waitForFunction(() => document.querySelector("#status").textContent.includes("the photograph"));
  seen.steps.photograph = await page.$$eval(".hit h2", (all) => all.map((one) => one.textContent));
  const started = performance.now();
  seen.answers.photographs = [];
  for (const path of given.photographs) {
    seen.answers.photographs.push(await page.evaluate(async (content) => {
      const { search } = await import("./api.js");
      const file = new Blob([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))]);
      return (await search({ k: 10 }, { file })).hits.map(({ id, score }) => ({ id, score }));
    }, readFileSync(path).toString("base64")));
  }
  seen.milliseconds.photographs = (performance.now() - started) / given.photographs.length;
}

// The service worker keeps everything; the next visit has no network.
await page.waitForSelector("#offline:visible", { timeout: 120_000 });
console.log("offline");
await createInterface({ input: process.stdin }).question("");
await page.reload();
await page.waitForSelector("#search:visible");
if (given.typed) {
  await page.fill("#words", given.typed);
  await page.press("#words", "Enter");
}
await page.waitForSelector(".hit");
seen.steps.offline = await page.$$eval(".hit h2", (all) => all.map((one) => one.textContent));
await browser.close();
writeFileSync(`${folder}/seen.json`, JSON.stringify(seen));
process.exit(0);
