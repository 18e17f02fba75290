// Drives the page of an exported image model in Chromium, and prints what it saw as one JSON line.
//
//   node photograph_page.mjs URL GIVEN.json FOLDER      GIVEN: files to label, files that are no photographs, files by class to teach,
//                                                       others to label by what was learnt; FOLDER/page is what URL serves
//
// A line "offline" on standard output asks for the server to stop; then a line is waited for on standard input.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { createInterface } from "node:readline/promises";
import { chromium } from "playwright-core";

const LONG = { timeout: 120_000 };
const [url, givenFile, folder] = process.argv.slice(2);
const given = JSON.parse(readFileSync(givenFile));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
});
const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, acceptDownloads: true });
const page = await context.newPage();
const seen = { console: [], requests: [], serious: [], wide: [], stops: [] };
page.on("console", (message) => seen.console.push(message.text()));
page.on("pageerror", (error) => seen.console.push(String(error)));
page.on("request", (request) => seen.requests.push(request.url()));

const opened = () => page.waitForSelector("#content:visible", LONG);
const counted = (selector, count) => page.waitForFunction(([what, many]) => document.querySelectorAll(what).length === many, [selector, count], LONG);
const labelled = async (files, list) => {
  await page.setInputFiles("#predict [type=file]", files);
  await page.waitForFunction(() => document.querySelector("#took").textContent.endsWith("ms"), null, LONG);
  const made = await page.$$eval("#predictions > li", (all, kind) => all.map((one) => ({
    name: one.querySelector(".title").textContent,
    lines: [...one.querySelectorAll(`.${kind} li`)].map((line) => line.textContent.trim()),
    width: one.querySelector("img").naturalWidth,
  })), list);
  await page.evaluate(() => { document.querySelector("#took").textContent = ""; });
  return made;
};
// Dropped or pasted, as a person's file manager or clipboard gives a file.
const handOver = (selector, kind, file) => page.evaluate(([where, type, name, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
  const target = document.querySelector(where);
  if (type === "paste") target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  else for (const name of ["dragover", "drop"]) target.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
}, [selector, kind, basename(file), readFileSync(file).toString("base64")]);

await page.goto(url);
await opened();
seen.labels = await labelled(given.label, "scores");
seen.problem = [];
for (const file of given.bad) {
  await labelled([file], "scores");
  seen.problem.push(await page.textContent("#problem"));
}
await page.waitForFunction(() => document.querySelector("#offline").textContent, null, LONG);
seen.offline = await page.textContent("#offline");

// Another version is published into the same folder: the page of the old one offers it, and shows it when it is taken.
const replaced = (file, old, now) => writeFileSync(`${folder}/page/${file}`, readFileSync(`${folder}/page/${file}`, "utf8").replace(old, now));
replaced("model.json", '"version": 1', '"version": 2');
replaced("service-worker.js", "const CACHE = `${OURS}", "const CACHE = `${OURS}2");
await page.reload();
await opened();
seen.before = await page.textContent("#about");
await page.click("#update", LONG);
await page.waitForFunction(() => document.querySelector("#about").textContent.includes("version 2"), null, LONG);
await opened();
await page.waitForFunction(() => document.querySelector("#offline").textContent, null, LONG);
console.log("offline");
await createInterface({ input: process.stdin }).question("");
await page.reload();
await opened();

// Everything from here on has no network: files, a drop, a paste, and the camera.
await page.setInputFiles("#teach [type=file]", given.label.slice(0, 1));
await page.waitForSelector("#problem:visible");
seen.nameless = await page.textContent("#problem");
let count = 0;
for (const [name, [dropped, pasted, ...files]] of Object.entries(given.classes)) {
  await page.fill("#label", name);
  await page.setInputFiles("#teach [type=file]", files);
  await counted("#known li", (count += files.length));
  await handOver("#teach .drop", "drop", dropped);
  await counted("#known li", (count += 1));
  await page.focus("#label");
  await handOver("#label", "paste", pasted);
  await counted("#known li", (count += 1));
}
await page.click("#teach .camera");
await page.waitForSelector("#teach .viewer:visible", LONG);
await page.waitForFunction(() => document.querySelector("#teach video").videoWidth > 0, null, LONG);
await page.press("#teach .take", "Enter");
await counted("#known li", count + 1);
await page.click("#teach .stop");
seen.camera = await page.$$eval("#known img", (all) => all.map((one) => one.alt).filter((name) => name.startsWith("camera")));
await page.focus("#known li:last-child button[aria-label*='camera']");
await page.keyboard.press("Enter");
await counted("#known li", count);

await page.click("#learn");
await page.waitForFunction(() => document.querySelector("#learnt").textContent.startsWith("Learnt"), null, LONG);
seen.learnt = await page.textContent("#learnt");
seen.own = await labelled(given.others, "own");
const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
await download.saveAs(`${folder}/head.json`);

for (const [width, colorScheme] of [[1200, "light"], [400, "dark"]]) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  await page.screenshot({ path: `${folder}/photographs-${width}.png`, fullPage: true });
  await page.evaluate(axe);
  for (const { impact, id, nodes } of (await page.evaluate(() => globalThis.axe.run())).violations) {
    if (impact === "serious" || impact === "critical") seen.serious.push(`${width}: ${id}: ${nodes[0].html.slice(0, 200)}`);
  }
  seen.wide.push(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth));
}

// By keys alone, from the top: all that can be done is reached.
await page.$eval("h1", (title) => { title.tabIndex = -1; title.focus(); });
for (let presses = 0; presses < 200 && seen.stops.at(-1) !== "download"; presses += 1) {
  await page.keyboard.press("Tab");
  seen.stops.push(await page.evaluate(() => {
    const { id, type, className } = document.activeElement;
    return id || (type === "file" ? "files" : className || "remove");
  }));
}

await page.evaluate(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError")); });
await page.click("#predict .camera");
await page.waitForSelector("#problem:visible");
seen.refused = await page.textContent("#problem");
await page.reload();
await opened();
seen.kept = await page.$$eval("#known li img", (all) => all.filter((one) => one.complete).length);
await browser.close();
console.log(JSON.stringify(seen));
process.exit(0);
