// Drives the search page in Chromium, and prints what it saw as one JSON line.
//
//   node search_page.mjs URL PHOTOGRAPH TEXT_INDEX IMAGE_INDEX FOLDER_OF_SCREENSHOTS

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [url, photograph, texts, images, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const seen = { console: [], serious: [], requests: [], widths: {}, steps: {} };

for (const [width, colorScheme] of [[1200, "light"], [400, "dark"]]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  const look = async (name) => {
    await page.screenshot({ path: `${folder}/${name}-${width}.png` });
    // Not by a <script>: the page's security policy forbids what is not its own.
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    for (const { impact, id, nodes } of found.violations) {
      if (impact === "serious" || impact === "critical") seen.serious.push(`${name}-${width}: ${id}: ${nodes[0].html.slice(0, 200)}`);
    }
    const wide = await page.evaluate(() => [...document.querySelectorAll("body *")]
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(one).position !== "absolute").map((one) => one.id || one.tagName));
    seen.widths[`${name}-${width}`] = wide;
  };
  const step = (name, value) => { seen.steps[`${name}-${width}`] = value; };

  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("#index").options.length > 0);
  await page.selectOption("#index", texts);
  await page.fill("#words", "storm rain <b>");
  await page.press("#words", "Enter");
  await page.waitForSelector(".hit");
  step("ids", await page.$$eval(".hit h2", (all) => all.map((one) => one.textContent)));
  step("whole", await page.evaluate(async () => {
    const { parsed } = await import("/page/elements.js");
    return String(parsed('{"a": [1234567890123456789, -5, 0.5, 1e300, true, "x"]}').a);
  }));
  step("marks", await page.$$eval(".hit mark", (all) => all.length));
  await look("texts");

  await page.selectOption("[data-column=label]", { label: "sky" });
  await page.waitForFunction(() => [...document.querySelectorAll(".hit .label")].every((one) => one.textContent === "sky"));
  step("filtered", await page.$$eval(".hit .label", (all) => [...new Set(all.map((one) => one.textContent))]));

  // By keys alone: from the words to the first answer's "More like this".
  await page.focus("#words");
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.textContent === "More like this")) break;
  }
  const asked = await page.evaluate(() => document.activeElement.getAttribute("aria-label").replace("More like this: ", ""));
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) => document.querySelector("#status").textContent.includes(`“${id}”`), asked);
  step("like", [asked, await page.$$eval(".hit h2", (all) => all.map((one) => one.textContent))]);

  await page.fill("#words", "storm");
  await page.click("summary");
  await page.fill("#where", "nothing = 1");
  await page.press("#where", "Enter");
  await page.waitForSelector("#problem:visible");
  step("problem", await page.textContent("#problem"));
  await page.fill("#where", "");

  await page.selectOption("#index", images);
  await page.setInputFiles("#picture", photograph);
  await page.waitForSelector(".hit img[src^=blob]");
  step("pictures", await page.$$eval(".hit h2", (all) => all.map((one) => one.textContent)));
  await look("pictures");

  await page.focus("#tab-search");
  await page.keyboard.press("End");
  await page.waitForSelector("#predict:visible");
  await page.fill("#texts", "storm rain hail\ngoal coach");
  await page.click("#predict-form button");
  await page.waitForSelector("#predictions:visible");
  step("labels", await page.$$eval("#predictions tbody td:nth-child(2)", (all) => all.map((one) => one.textContent)));
  await look("predictions");
  await context.close();
}
await browser.close();
console.log(JSON.stringify(seen));
