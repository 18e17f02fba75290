// Resizes images as Pillow's `Image.resize(size, filter, box, reducing_gap=2)` does, bit for bit.
//
// The formulas are those of Pillow 12, libImaging/Reduce.c and Resample.c; in Python they are in transforms/encoders/image_graph/resize.py.

const PRECISION_BITS = 22; // weights are whole numbers that sum to about 2^22
const REDUCING_GAP = 2;
const TALL = 100; // an image taller than so many times its width is resized downwards first
const STRIP = 1 << 20; // pixels that are read at a time

const FILTERS = {
  bilinear: { support: 1, weight: (far) => Math.max(1 - far, 0) },
  bicubic: {
    support: 2,
    weight: (far) => {
      if (far < 1) return (1.5 * far - 2.5) * far * far + 1;
      return far < 2 ? (((far - 5) * far + 8) * far - 4) * -0.5 : 0;
    },
  },
};

/**
 * An image whose pixels are asked for in strips, so that a large one is never there twice.
 *
 * @typedef {{width: number, height: number, strip: (top: number, bottom: number, left: number, right: number) => Uint8Array}} Source
 * `strip` gives RGB, 3 bytes a pixel, row by row.
 */

/** A source of pixels [height, width, 3] that are there. */
export function sourceOf(pixels, width, height) {
  const strip = (top, bottom, left, right) => {
    if (left === 0 && right === width) return pixels.subarray(top * width * 3, bottom * width * 3);
    const part = new Uint8Array((bottom - top) * (right - left) * 3);
    for (let y = top; y < bottom; y += 1) {
      part.set(pixels.subarray((y * width + left) * 3, (y * width + right) * 3), (y - top) * (right - left) * 3);
    }
    return part;
  };
  return { width, height, strip };
}

/**
 * Pixels of an image at the size that an encoder takes.
 *
 * @param {Source} source
 * @param target [height, width] of what comes out; options: fit, resampling, resized as `EncoderSpec` has them.
 * @returns {Uint8Array} [height, width, 3]
 */
export function resized(source, target, { fit = "crop", resampling = "bilinear", resized: whole = null } = {}) {
  const size = [source.height, source.width];
  const box = whole ? centreOf(size, target, fit, whole) : partOf(size, target, fit);
  const filter = FILTERS[resampling];
  const scale = box.map(([low, high], side) => (high - low) / target[side]);
  const factor = scale.map((one) => Math.max(Math.trunc(one / REDUCING_GAP), 1));
  const isReduced = factor.some((one) => one > 1);
  // What is read: the box and, around it, what the filter may reach.
  const reach = (side) => (isReduced ? (filter.support - 0.5) * scale[side] : filter.support * Math.max(scale[side], 1) + 1);
  const begin = box.map(([low], side) => Math.max(Math.trunc(low - reach(side)), 0));
  const end = box.map(([, high], side) => Math.min(Math.ceil(high + reach(side)), size[side]));
  const { pixels, width, height } = isReduced ? reduced(source, begin, end, factor) : partOfSource(source, begin, end);
  // Pillow hands the box on in single precision, and cuts the filter off at the edges of what it has reduced, or of the whole image.
  const lines = [height, width].map((length, side) => {
    const start = isReduced ? begin[side] : 0;
    const [low, high] = box[side].map((edge) => Math.fround((edge - start) / factor[side]));
    const line = weightsOf(isReduced ? length : size[side], low, high, target[side], filter);
    return isReduced ? line : line.map(({ first, weights }) => ({ first: first - begin[side], weights }));
  });
  const full = isReduced ? [height, width] : size;
  const isTall = full[0] > full[1] * TALL && target[0] < full[0];
  if (isTall) return across(down(pixels, width, lines[0]), width, lines[1]);
  return down(across(pixels, width, lines[1]), target[1], lines[0]);
}

function partOf(size, target, fit) {
  const times = Math.min(size[0] / target[0], size[1] / target[1]);
  return size.map((side, at) => {
    const kept = fit === "crop" ? target[at] * times : side;
    const low = Math.max((side - kept) / 2, 0); // rounding may leave a hair less than nothing
    return [low, side - low];
  });
}

function centreOf(size, target, fit, whole) {
  const shorter = Math.min(...size);
  return size.map((side, at) => {
    const full = fit === "crop" ? Math.floor((whole[at] * side) / shorter) : whole[at];
    const first = Math.floor((full - target[at]) / 2), scale = side / full;
    return [first * scale, Math.min((first + target[at]) * scale, side)];
  });
}

function partOfSource(source, [top, left], [bottom, right]) {
  return { pixels: source.strip(top, bottom, left, right), width: right - left, height: bottom - top };
}

/** Bytes of `meansOfBlocks`, rounded as Pillow does. */
function reduced(source, begin, end, [tall, wide]) {
  const { sums, width, height } = sumsOfBlocks(source, begin, end, [tall, wide]);
  const pixels = new Uint8Array(sums.length);
  eachBlock(begin, end, [tall, wide], (at, count) => {
    // The reciprocal is Pillow's, of 32 bits by a division in single precision.
    const reciprocal = Math.trunc(Math.fround(2 ** 32 / Math.fround(256 * count)));
    for (let c = at; c < at + 3; c += 1) pixels[c] = Math.floor(((sums[c] + (count >> 1)) * reciprocal) / 2 ** 24);
  });
  return { pixels, width, height };
}

/**
 * Means of blocks of a source, from `begin` to `end`: [row, column].
 *
 * @param factor [rows, columns] of a block; those at the far edges may be smaller.
 * @returns {{means: Float32Array, width: number, height: number}} means: [height, width, 3]
 */
export function meansOfBlocks(source, begin, end, factor) {
  const { sums, width, height } = sumsOfBlocks(source, begin, end, factor);
  const means = new Float32Array(sums.length);
  eachBlock(begin, end, factor, (at, count) => { for (let c = at; c < at + 3; c += 1) means[c] = sums[c] / count; });
  return { means, width, height };
}

/** Calls `use` with where a block's red is, and how many pixels the block has. */
function eachBlock([top, left], [bottom, right], [tall, wide], use) {
  for (let y = top, at = 0; y < bottom; y += tall) {
    for (let x = left; x < right; x += wide, at += 3) use(at, Math.min(tall, bottom - y) * Math.min(wide, right - x));
  }
}

function sumsOfBlocks(source, [top, left], [bottom, right], [tall, wide]) {
  const width = Math.ceil((right - left) / wide), height = Math.ceil((bottom - top) / tall), full = right - left;
  const sums = new Uint32Array(width * height * 3); // 255 times 2^24 pixels would fit
  const many = tall * Math.max(Math.floor(STRIP / full / tall), 1);
  for (let first = top; first < bottom; first += many) {
    const last = Math.min(first + many, bottom);
    const strip = source.strip(first, last, left, right);
    for (let y = first; y < last; y += 1) {
      let to = Math.floor((y - top) / tall) * width * 3;
      for (let at = (y - first) * full * 3, edge = at + full * 3; at < edge; to += 3) {
        for (const block = Math.min(at + 3 * wide, edge); at < block; at += 3) {
          sums[to] += strip[at];
          sums[to + 1] += strip[at + 1];
          sums[to + 2] += strip[at + 2];
        }
      }
    }
  }
  return { sums, width, height };
}

/** How each of `out` pixels is made from a line of `size` pixels, of which low..high is taken: where it begins, and weights in 2^-22. */
function weightsOf(size, low, high, out, filter) {
  const scale = Math.fround(high - low) / out;
  const stretch = Math.max(scale, 1), support = filter.support * stretch, inverse = 1 / stretch;
  return Array.from({ length: out }, (_, at) => {
    const centre = low + (at + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0), last = Math.min(Math.trunc(centre + support + 0.5), size);
    const weights = Array.from({ length: last - first }, (_, tap) => filter.weight(Math.abs((first + tap - centre + 0.5) * inverse)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const rounded = weights.map((weight) => Math.trunc((weight / total) * 2 ** PRECISION_BITS + (weight / total < 0 ? -0.5 : 0.5)));
    return { first, weights: rounded };
  });
}

const level = (sum) => Math.min(Math.max((sum + (1 << (PRECISION_BITS - 1))) >> PRECISION_BITS, 0), 255);

function across(pixels, width, line) {
  const height = pixels.length / 3 / width;
  const made = new Uint8Array(height * line.length * 3);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (const { first, weights } of line) {
      let at = (y * width + first) * 3, red = 0, green = 0, blue = 0;
      for (const weight of weights) {
        red += weight * pixels[at];
        green += weight * pixels[at + 1];
        blue += weight * pixels[at + 2];
        at += 3;
      }
      made[to++] = level(red);
      made[to++] = level(green);
      made[to++] = level(blue);
    }
  }
  return made;
}

function down(pixels, width, line) {
  const made = new Uint8Array(line.length * width * 3), sums = new Int32Array(width * 3);
  line.forEach(({ first, weights }, y) => {
    sums.fill(0);
    weights.forEach((weight, tap) => {
      const from = (first + tap) * width * 3;
      for (let at = 0; at < width * 3; at += 1) sums[at] += weight * pixels[from + at];
    });
    for (let at = 0; at < width * 3; at += 1) made[y * width * 3 + at] = level(sums[at]);
  });
  return made;
}
