// Products of matrices: by WebAssembly with 128-bit instructions where there are such (matrix.wat), else in plain JavaScript.

const BYTES = 4, PAGE = 65536, ROWS = 4;

/** Weights float32 [out, width], transposed, that rows are multiplied by. Widths are multiples of 4, outs of 2. */
export class Matrices {
  /** @param weights arrays with a `shape`, by name; those of two dimensions are used. `code` is matrix.wasm, or null. */
  static async open(weights, code) {
    const matrices = Object.entries(weights).filter(([, { shape }]) => shape.length === 2);
    const bytes = matrices.reduce((total, [, array]) => total + array.byteLength, 0);
    let memory = null, call = null;
    try {
      memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) + 1 });
      call = (await WebAssembly.instantiate(code, { page: { memory } })).instance.exports.addProduct;
    } catch {
      // A browser without these instructions, or without WebAssembly: the same numbers, some four times slower.
    }
    return new Matrices(matrices, memory, call);
  }

  constructor(matrices, memory, call) {
    this.memory = memory;
    this.call = call;
    this.places = new Map();
    this.end = 0;
    for (const [name, array] of matrices) {
      this.places.set(name, { at: this.end, out: array.shape[0], width: array.shape[1], array });
      if (call) new Float32Array(memory.buffer, this.end, array.length).set(array);
      this.end += Math.ceil(array.byteLength / 16) * 16;
    }
  }

  get isFast() {
    return this.call !== null;
  }

  /** Adds the products of rows, which begin every `step` numbers (none: one behind the other), to `into` [rows, out]. */
  addProduct(into, left, name, rows, step) {
    const weight = this.places.get(name);
    if (this.call) this.fast(into, left, weight, rows, step ?? weight.width);
    else plain(into, left, weight, rows, step ?? weight.width);
    return into;
  }

  /** The product of one vector: float32 [out]. */
  product(vector, name) {
    return this.addProduct(new Float32Array(this.places.get(name).out), vector, name, 1);
  }

  fast(into, left, { at, out, width }, rows, step) {
    const padded = Math.ceil(rows / ROWS) * ROWS;
    const lefts = Math.ceil(((padded - 1) * step + width) / 4) * 4;
    const needed = this.end + (lefts + padded * out) * BYTES;
    if (needed > this.memory.buffer.byteLength) this.memory.grow(Math.ceil((needed - this.memory.buffer.byteLength) / PAGE));
    const given = new Float32Array(this.memory.buffer, this.end, lefts);
    const made = new Float32Array(this.memory.buffer, this.end + lefts * BYTES, padded * out);
    given.fill(0, Math.min(left.length, lefts));
    given.set(left.length > lefts ? left.subarray(0, lefts) : left);
    made.set(into);
    this.call(made.byteOffset, out * BYTES, given.byteOffset, step * BYTES, at, padded, out, width);
    into.set(made.subarray(0, rows * out));
  }
}

function plain(into, left, { out, width, array }, rows, step) {
  for (let row = 0; row < rows; row += ROWS) {
    const many = Math.min(ROWS, rows - row);
    // Of a last block of fewer rows the first one stands for those that are not there.
    const [a, b, c, d] = [0, 1, 2, 3].map((next) => (row + (next < many ? next : 0)) * step);
    for (let column = 0; column < out; column += 1) {
      let p = 0, q = 0, r = 0, s = 0;
      const w = column * width;
      for (let k = 0; k < width; k += 1) {
        const value = array[w + k];
        p += left[a + k] * value;
        q += left[b + k] * value;
        r += left[c + k] * value;
        s += left[d + k] * value;
      }
      const place = row * out + column;
      into[place] += p;
      if (many > 1) into[place + out] += q;
      if (many > 2) into[place + 2 * out] += r;
      if (many > 3) into[place + 3 * out] += s;
    }
  }
}
