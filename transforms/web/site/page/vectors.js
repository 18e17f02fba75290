// Scores all vectors of a site for a query, by whole numbers (`transforms/web/site/codes.py`): in WebAssembly with 128-bit
// instructions where there are such (products.wat), else in plain JavaScript; the numbers are the same.

const PAGE = 65536, LARGEST_NUMBER = 32767, LARGEST_SUM = 2 ** 30;
const CODES = { 8: { Type: Int8Array, largest: 127, call: "products8" }, 12: { Type: Int16Array, largest: 2047, call: "products12" } };

export class Vectors {
  /** @param code the bytes of products.wasm, or null. */
  static async open(rows, { width, bits }, code) {
    const bytes = width * 2 + rows * 4 + rows * width * CODES[bits].Type.BYTES_PER_ELEMENT + 16;
    let memory = { buffer: null }, call = null;
    try {
      memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) + 1 });
      call = (await WebAssembly.instantiate(code, { page: { memory } })).instance.exports[CODES[bits].call];
    } catch {
      // A browser without these instructions, or without WebAssembly.
    }
    return new Vectors(rows, width, bits, memory.buffer ?? new ArrayBuffer(bytes), call);
  }

  constructor(rows, width, bits, buffer, call) {
    const { Type, largest } = CODES[bits];
    Object.assign(this, { rows, width, largest, call });
    this.numbers = new Int16Array(buffer, 0, width);
    this.sums = new Int32Array(buffer, width * 2, rows);
    this.codes = new Type(buffer, width * 2 + rows * 4, rows * width);
    this.scales = new Float32Array(rows);
  }

  /** Takes the rows from `start` on. */
  set(start, codes, scales) {
    this.codes.set(codes, start * this.width);
    this.scales.set(scales, start);
  }

  /** The vector of a row, as the site has it. */
  vector(row, dim) {
    return Float32Array.from(this.codes.subarray(row * this.width, row * this.width + dim), (code) => code * this.scales[row]);
  }

  /** The cosine of a unit vector and each row. */
  cosines(vector) {
    const step = this.setQuery(vector);
    if (this.call) this.call(this.codes.byteOffset, this.numbers.byteOffset, this.sums.byteOffset, this.rows, this.width);
    else this.plain();
    const found = new Float64Array(this.rows);
    for (let row = 0; row < this.rows; row += 1) found[row] = this.sums[row] * (this.scales[row] * step);
    return found;
  }

  setQuery(vector) {
    let total = 0, largest = 0;
    for (const value of vector) {
      total += Math.abs(value);
      largest = Math.max(largest, Math.abs(value));
    }
    this.numbers.fill(0);
    if (!total) return 0;
    const factor = Math.min(LARGEST_NUMBER / largest, LARGEST_SUM / (this.largest * total));
    for (let at = 0; at < vector.length; at += 1) this.numbers[at] = Math.floor(vector[at] * factor + 0.5);
    return 1 / factor;
  }

  plain() {
    const { codes, numbers, width } = this;
    for (let row = 0, start = 0; row < this.rows; row += 1, start += width) {
      let sum = 0;
      for (let at = 0; at < width; at += 1) sum += codes[start + at] * numbers[at];
      this.sums[row] = sum;
    }
  }
}
