// Stems words, and cuts texts into words, as the page of a site does; writes them to a file.
//
//   node stemmers.mjs FOLDER GIVEN.json OUT.json        FOLDER: modules of a site as .mjs; GIVEN: words by language, and texts

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, givenFile, out] = process.argv.slice(2);
const { words, texts, facts } = JSON.parse(readFileSync(givenFile));
const load = (name) => import(pathToFileURL(`${folder}/${name}.mjs`));
const { Analysis } = await load("analysis");
const made = { stems: {}, queries: {}, words: {} };
for (const language of Object.keys(facts)) {
  const Stemmer = language === "none" ? null : (await load(language)).default;
  const stemmer = Stemmer && new Stemmer(), analysis = new Analysis(facts[language], Stemmer);
  if (stemmer) made.stems[language] = words[language].map((word) => stemmer.stem(word));
  made.queries[language] = texts.map((text) => analysis.queryWords(text));
  made.words[language] = texts.map((text) => analysis.words(text));
}
writeFileSync(out, JSON.stringify(made));
