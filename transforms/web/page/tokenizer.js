// SentencePiece's unigram model: normalises a text by a table of replacements, and finds its most probable pieces.
//
// The same ids as the library's, for any text: sums are rounded to 32 bits as it rounds them, and a run of characters that
// no piece holds is one unknown token.

const SPACE = "▁";
const UNKNOWN_PENALTY = 10;
const NORMAL = 1, USER_DEFINED = 4, UNUSED = 5;

export class Tokenizer {
  /** @param arrays pieces, scores, types, units, replacements, as `transforms/web/text_files.py` writes them. */
  constructor({ pieces, scores, types, units, replacements, unknown }) {
    this.units = units;
    this.replacements = replacements;
    this.unknown = unknown[0];
    this.scores = new Float32Array(scores);
    this.ids = new Map();
    this.longest = 0;
    let least = Infinity, most = -Infinity;
    new TextDecoder().decode(pieces).split("\n").forEach((piece, id) => {
      if (types[id] === NORMAL) {
        least = Math.min(least, scores[id]);
        most = Math.max(most, scores[id]);
      }
      if (types[id] !== NORMAL && types[id] !== USER_DEFINED) return;
      this.ids.set(piece, id);
      this.longest = Math.max(this.longest, [...piece].length);
    });
    new TextDecoder().decode(pieces).split("\n").forEach((piece, id) => {
      if (types[id] === USER_DEFINED) this.scores[id] = Math.fround([...piece].length * most - 0.1);
    });
    this.unknownScore = Math.fround(Math.fround(least) - UNKNOWN_PENALTY);
  }

  /** The ids of a text's pieces. */
  encode(text) {
    const characters = [...this.normalised(text)];
    const count = characters.length;
    const best = new Float32Array(count + 1), from = new Int32Array(count + 1).fill(-1), by = new Int32Array(count + 1);
    const reach = (end, start, score, id) => {
      const sum = Math.fround(score + best[start]);
      if (from[end] === -1 || sum > best[end]) {
        best[end] = sum;
        from[end] = start;
        by[end] = id;
      }
    };
    for (let start = 0; start < count; start += 1) {
      let piece = "", isKnown = false;
      for (let end = start + 1; end <= Math.min(count, start + this.longest); end += 1) {
        piece += characters[end - 1];
        const id = this.ids.get(piece);
        if (id === undefined) continue;
        reach(end, start, this.scores[id], id);
        isKnown ||= end === start + 1;
      }
      if (!isKnown) reach(start + 1, start, this.unknownScore, this.unknown);
    }
    const ids = [];
    for (let end = count; end > 0; end = from[end]) {
      // A run of unknown characters is one token.
      if (by[end] !== this.unknown || ids.at(-1) !== this.unknown) ids.push(by[end]);
    }
    return ids.reverse();
  }

  /** The text as its pieces spell it: characters replaced, spaces single and visible, one before the first word. */
  normalised(text) {
    const input = new TextEncoder().encode(text);
    let at = 0;
    while (at < input.length) {
      const [found, taken] = this.replaced(input, at);
      if (found.length !== 1 || found[0] !== 0x20) break;
      at += taken;
    }
    if (at === input.length) return "";
    const out = [];
    let afterSpace = true;
    while (at < input.length) {
      const [found, taken] = this.replaced(input, at);
      at += taken;
      let skip = 0;
      while (afterSpace && skip < found.length && found[skip] === 0x20) skip += 1;
      if (skip === found.length) continue;
      for (let byte = skip; byte < found.length; byte += 1) out.push(found[byte]);
      afterSpace = found.at(-1) === 0x20;
    }
    const whole = new TextDecoder().decode(new Uint8Array(out)).replaceAll(" ", SPACE);
    let end = whole.length;
    while (end > 0 && whole[end - 1] === SPACE) end -= 1;
    return SPACE + whole.slice(0, end);
  }

  /** What stands for the longest known prefix at a place, and how many bytes that prefix has: a walk through a double array. */
  replaced(input, at) {
    const offset = (unit) => (unit >>> 10) << ((unit & 0x200) >>> 6);
    let node = offset(this.units[0]), length = 0, value = 0;
    for (let byte = at; byte < input.length; byte += 1) {
      node ^= input[byte];
      const unit = this.units[node];
      if (((unit & 0x800000ff) >>> 0) !== input[byte]) break;
      node ^= offset(unit);
      if (unit & 0x100) {
        length = byte - at + 1;
        value = this.units[node] & 0x7fffffff;
      }
    }
    if (length) {
      const end = this.replacements.indexOf(0, value);
      return [this.replacements.subarray(value, end), length];
    }
    const first = input[at];
    const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return [input.subarray(at, at + size), size];
  }
}
