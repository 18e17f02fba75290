// Cuts texts and queries into the words of a lexical index, as `transforms/search/store/analysis.py` and `stop_words.py` do.
//
// What Python calls a word character, a letter or a digit is written as Unicode properties here; the rest is those modules, rule
// by rule. Letters are folded by a table, stems are made by Snowball.

const WHOLE = "\x1f"; // stands before a word that holds marks
const LONGEST_WORD = 128; // bytes
const MOST_WORDS = 1024;
const UNSPACED = "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}";
const UNSPACED_RUN = new RegExp(`[${UNSPACED}\\uac00-\\ud7a3]+`, "gu");
const UNSEEN = /[\u0300-\u0305\u0307-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u00ad\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
const BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u; // those of Python's split()
const ASCII = /^[\x00-\x7f]*$/;
const ALNUM = /^[\p{L}\p{N}]+$/u, ALPHA = /^\p{L}+$/u, SOME_ALNUM = /[\p{L}\p{N}]/u;

const LETTER = "[\\p{L}\\p{Nl}\\p{No}]", CHARACTER = "[\\p{L}\\p{N}]";
const SUFFIX = `(?:\\+\\+(?!\\+|${LETTER})|\\+(?![\\p{L}\\p{N}_+])|#(?!#|${LETTER}))`;
const PART = `${CHARACTER}+${SUFFIX}?`;
const NAME = new RegExp(`(?<![\\p{L}\\p{N}_.#&])[.#](?=${LETTER})${PART}(?:[-.&]${PART})*|(?<!${CHARACTER})${CHARACTER}+(?:${SUFFIX}(?:[-.&]${PART})*|(?:[-.&]${PART})+)`, "gu");
const LEFT_OUT = new RegExp(`(?<!\\p{Nd})-|-(?!\\p{Nd})|(?<=${LETTER}${LETTER})\\.(?=${LETTER})|(?<=${LETTER})\\.(?=${LETTER}${LETTER})`, "gu");
const TOKEN = /\x1f[^\p{White_Space}\x1f]+|[\p{Alphabetic}\p{M}\p{Nd}]+|\p{Extended_Pictographic}/gu;

const OPENING = "('\"", CLOSING = ".,;:!?)'\"", PUNCTUATION = ".,;:!?()[]{}\"'“”„«»‹›¿¡…";

export class Analysis {
  /** @param facts of analysis.json; `Stemmer` is the class that stemmer.js exports, or null. */
  constructor({ folding, stop_words: stopWords, language }, Stemmer) {
    this.folding = new Map(Object.entries(folding));
    this.stopWords = stopWords && new Set(stopWords);
    this.ofLetters = !["en", "ro", "tr"].includes(language); // the other lists hold words of letters alone
    this.stemmer = Stemmer ? new Stemmer() : null;
  }

  /** The words of a query that count, each with how often it is in it. */
  queryWords(text) {
    const counts = new Map();
    for (const word of this.words(this.withoutStopWords(text), true)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return [...counts].sort((left, right) => right[1] - left[1]).slice(0, MOST_WORDS);
  }

  words(text, isQuery = false) {
    const found = [];
    for (const [token] of prepared(text, isQuery).matchAll(TOKEN)) {
      if (byteLength(token) >= LONGEST_WORD) continue;
      const folded = ASCII.test(token) ? token.toLowerCase() : Array.from(token, (one) => this.fold(one)).join("");
      found.push(this.stemmer ? this.stemmer.stem(folded) : folded);
    }
    return found;
  }

  fold(character) {
    return Array.from(character.toLowerCase(), (one) => this.folding.get(one) ?? one).join("");
  }

  withoutStopWords(query) {
    if (!this.stopWords) return query;
    const isStop = (word) => this.stopWords.has(word) && (!this.ofLetters || ALPHA.test(word));
    const isShouted = isUpper(query);
    const kept = [];
    split(query.replace(/[’ʼ`]/g, "'")).forEach((text, at) => {
      const stripped = trimmed(text, PUNCTUATION, PUNCTUATION), bare = stripped.toLowerCase(), parts = bare.split("'");
      const isName = isUpper(stripped) && stripped !== "I" && (Array.from(stripped).length > 1 || at > 0);
      if ((isStop(bare) || parts.every(isStop)) && (isShouted || !isName)) return;
      const isElided = parts.length > 1 && parts.slice(0, -1).every(isStop);
      kept.push(isElided ? text.slice(text.lastIndexOf("'") + 1) : text);
    });
    return kept.some((text) => SOME_ALNUM.test(text)) ? kept.join(" ") : query;
  }
}

function prepared(text, isQuery) {
  const plain = ASCII.test(text) ? text : folded(text).replace(UNSPACED_RUN, (run) => unspacedWords(run, isQuery));
  return split(plain)
    .map((word) => (ALNUM.test(word) || ALNUM.test(trimmed(word, OPENING, CLOSING)) ? word : withNames(word)))
    .join(" ");
}

function folded(text) {
  return text.replace(/\p{Cs}/gu, "?").normalize("NFKD").replace(UNSEEN, "").normalize("NFC").replaceAll("\u2010", "-");
}

function unspacedWords(run, isQuery) {
  const characters = Array.from(run);
  const pairs = characters.slice(1).map((one, at) => characters[at] + one);
  const words = isQuery ? (pairs.length ? pairs : characters) : [...pairs, ...characters];
  return ` ${words.join(" ")} `;
}

function withNames(text) {
  return !ASCII.test(text) && /\p{M}/u.test(text) ? text : text.replace(NAME, nameWords);
}

function nameWords(name) {
  const parts = name.split(/[-.&]/).flatMap((part) => {
    const word = trimmed(part, "+#", "+#");
    return word ? [Array.from(word).length === 1 ? part : word] : [];
  });
  const wholes = new Set([name, ...name.split("-")].map((whole) => whole.replace(LEFT_OUT, "")));
  parts.forEach((part) => wholes.delete(part));
  return ` ${[...parts, ...wholes].map((word) => (ALNUM.test(word) ? word : WHOLE + word)).join(" ")} `;
}

function split(text) {
  return text.split(BLANKS).filter(Boolean);
}

function trimmed(text, opening, closing) {
  const characters = Array.from(text);
  let start = 0, stop = characters.length;
  while (stop > start && closing.includes(characters[stop - 1])) stop -= 1;
  while (start < stop && opening.includes(characters[start])) start += 1;
  return characters.slice(start, stop).join("");
}

const isUpper = (text) => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
const byteLength = (text) => (ASCII.test(text) ? text.length : new TextEncoder().encode(text).length);
