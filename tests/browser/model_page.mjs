// Drives the page of an exported model in Chromium, and prints what it saw as one JSON line.
//
//   node model_page.mjs URL GIVEN.json FOLDER        GIVEN: texts to label, examples by class, texts to label by what was learnt
//
// A line "offline" on standard output asks for the server to stop; then a line is waited for on standard input.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline/promises";
import { chromium } from "playwright-core";

const [url, givenFile, folder] = process.argv.slice(2);
const given = JSON.parse(readFileSync(givenFile));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, acceptDownloads: true });
const page = await context.newPage();
const seen = { console: [], requests: [], serious: [], wide: [], labels: [], own: [] };
page.on("console", (message) => seen.console.push(message.text()));
page.on("pageerror", (error) => seen.console.push(String(error)));
page.on("request", (request) => seen.requests.push(request.url()));

const label = async (text, list) => {
  await page.fill("#predict textarea", text);
  await page.click("#predict form button");
  await page.waitForSelector("#took:visible");
  await page.waitForFunction(() => document.querySelector("#took").textContent.endsWith("ms"));
  const lines = await page.$$eval(`#predictions ${list} li`, (all) => all.map((one) => one.textContent.trim()));
  await page.evaluate(() => { document.querySelector("#took").textContent = ""; });
  return lines;
};
const teach = async (name, texts) => {
  await page.fill("#label", name);
  await page.fill("#teach textarea", texts.join("\n"));
  const before = await page.$$eval("#known li", (all) => all.length);
  await page.click("#teach form button");
  await page.waitForFunction((count) => document.querySelectorAll("#known li").length === count, before + texts.length);
};

await page.goto(url);
await page.waitForSelector("#content:visible");
for (const text of given.texts) seen.labels.push(await label(text, ".scores"));
for (const [name, texts] of Object.entries(given.classes)) await teach(name, texts);
await page.click("#learn");
await page.waitForFunction(() => document.querySelector("#learnt").textContent.startsWith("Learnt"));
seen.learnt = await page.textContent("#learnt");
for (const text of given.others) seen.own.push((await label(text, ".own"))[0]);
const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
await download.saveAs(`${folder}/head.json`);
for (const width of [1200, 400]) {
  await page.setViewportSize({ width, height: 900 });
  await page.screenshot({ path: `${folder}/model-${width}.png`, fullPage: true });
  await page.evaluate(axe);
  for (const { impact, id, nodes } of (await page.evaluate(() => globalThis.axe.run())).violations) {
    if (impact === "serious" || impact === "critical") seen.serious.push(`${width}: ${id}: ${nodes[0].html.slice(0, 200)}`);
  }
  seen.wide.push(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth));
}

// The service worker keeps everything since the first visit; the second has no network.
await page.waitForFunction(() => document.querySelector("#offline").textContent, null, { timeout: 120_000 });
console.log("offline");
await createInterface({ input: process.stdin }).question("");
await page.reload();
await page.waitForSelector("#content:visible");
seen.offline = await label(given.unseen, ".scores");
seen.examples = await page.$$eval("#known li", (all) => all.length);
await browser.close();
console.log(JSON.stringify(seen));
process.exit(0);
