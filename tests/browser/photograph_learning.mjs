// Teaches an exported image model classes of photographs in Chromium, without a network, and prints one JSON line: seconds, what it
// labels other photographs, and the vectors that the page has kept.
//
//   node photograph_learning.mjs URL GIVEN.json FOLDER      GIVEN: tasks by name, each of classes {label: files} and other files

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const LONG = { timeout: 300_000 };
const [url, givenFile, folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const seen = {};
for (const [name, { classes, others }] of Object.entries(JSON.parse(readFileSync(givenFile)))) {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await context.newPage();
  const opened = async () => {
    const started = performance.now();
    await page.waitForSelector("#content:visible", LONG);
    return (performance.now() - started) / 1000;
  };
  await page.goto(url);
  const made = { first: await opened() };
  await page.waitForFunction(() => document.querySelector("#offline").textContent, null, LONG);
  await context.setOffline(true);
  await page.reload();
  made.again = await opened();
  let count = 0;
  const started = performance.now();
  for (const [label, files] of Object.entries(classes)) {
    await page.fill("#label", label);
    await page.setInputFiles("#teach [type=file]", files);
    await page.waitForFunction((many) => document.querySelectorAll("#known li").length === many, (count += files.length), LONG);
  }
  made.vectorSeconds = (performance.now() - started) / 1000;
  await page.click("#learn");
  await page.waitForFunction(() => document.querySelector("#learnt").textContent.startsWith("Learnt"), null, LONG);
  made.learnt = await page.textContent("#learnt");
  made.fitSeconds = Number(/ in ([\d.]+) s/.exec(made.learnt)[1]);
  await page.setInputFiles("#predict [type=file]", others);
  await page.waitForFunction(() => document.querySelector("#took").textContent.endsWith("ms"), null, LONG);
  made.said = await page.$$eval("#predictions > li .own li:first-child", (all) => all.map((one) => one.textContent.trim().replace(/^\S+ /, "")));
  made.problem = await page.textContent("#problem");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  await download.saveAs(`${folder}/${name}.head.json`);
  made.vectors = await page.evaluate(() => new Promise((done) => {
    indexedDB.open("vectormill-examples").onsuccess = ({ target: { result: database } }) => {
      database.transaction("examples").objectStore("examples").getAll().onsuccess = (event) => done(event.target.result.map((one) => [...one.vector]));
    };
  }));
  seen[name] = made;
  await context.close();
}
await browser.close();
console.log(JSON.stringify(seen));
