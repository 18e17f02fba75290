// Reduces a decoded JPEG to 1/2, 1/4 or 1/8 as libjpeg-turbo does when it decodes at that scale, which Pillow's `draft` asks it for.
//
// Its transform at a scale gives the means of blocks (jidctred.c). But colours are mostly stored at half the size of the brightness,
// and at a scale it need not enlarge them, or enlarges them later (jdmaster.c, jdsample.c): vectors would move by that (least cosine
// of MobileNet V2 0.998). So what the browser did to enlarge them is undone here, and done as it is there.

import { meansOfBlocks, sourceOf } from "./image_resize.js";

const MARGIN = 1.25; // how much larger than what is wanted a reduced JPEG must be: MARGIN of image_decoder.py

/** How many times smaller Pillow decodes a JPEG: the greatest of 1, 2, 4, 8 that leaves what `covered`, [height, width], needs. */
export function jpegReduction(width, height, covered) {
  const times = Math.min(Math.floor(height / Math.trunc(covered[0] * MARGIN)), Math.floor(width / Math.trunc(covered[1] * MARGIN)));
  return [8, 4, 2].find((one) => times >= one) ?? 1;
}

/**
 * @param source of the whole image, as in image_resize.js; factor: 2, 4 or 8
 * @param sampling [across, down]: how many pixels share a colour; null: it has none, or others than brightness and two colours.
 */
export function reducedJpeg(source, factor, sampling) {
  const { means, width, height } = meansOfBlocks(source, [0, 0], [source.height, source.width], [factor, factor]);
  const pixels = Uint8ClampedArray.from(means, Math.round);
  if (sampling && Math.max(...sampling) === 2) correctColours(pixels, means, width, height, factor, sampling);
  return sourceOf(pixels, width, height);
}

function correctColours(pixels, means, width, height, factor, [across, down]) {
  const [blue, red] = [new Float32Array(width * height), new Float32Array(width * height)];
  const brightness = new Float32Array(width * height);
  for (let at = 0; at < brightness.length; at += 1) {
    const [r, g, b] = [means[3 * at], means[3 * at + 1], means[3 * at + 2]];
    brightness[at] = 0.299 * r + 0.587 * g + 0.114 * b;
    blue[at] = (b - brightness[at]) / 1.772;
    red[at] = (r - brightness[at]) / 1.402;
  }
  const both = across === 2 && down === 2;
  const change = both ? (line) => sharpened(line, 1 / (4 * factor)) : (line) => shared(line, factor);
  for (const plane of [blue, red]) {
    if (across === 2) for (let y = 0; y < height; y += 1) changeLine(plane, y * width, 1, width, change);
    if (down === 2) for (let x = 0; x < width; x += 1) changeLine(plane, x, width, height, change);
  }
  for (let at = 0; at < brightness.length; at += 1) {
    const [y, cb, cr] = [Math.round(brightness[at]), Math.round(blue[at]), Math.round(red[at])];
    pixels[3 * at] = y + 1.402 * cr;
    pixels[3 * at + 1] = y - 0.344136 * cb - 0.714136 * cr;
    pixels[3 * at + 2] = y + 1.772 * cb;
  }
}

function changeLine(plane, start, step, length, change) {
  const line = Float64Array.from({ length }, (_, at) => plane[start + at * step]);
  change(line).forEach((value, at) => { plane[start + at * step] = value; });
}

/**
 * A line before each value was mixed with `share` of either neighbour. Enlarging a line twice gives of each value v the pair
 * (3v + before) / 4, (3v + after) / 4, whose mean has an eighth of either neighbour; of longer blocks it is the less.
 */
function sharpened(line, share) {
  // The system is tridiagonal: Thomas' algorithm. At the ends a value is its own neighbour.
  const size = line.length, ratio = new Float64Array(size), found = new Float64Array(size);
  for (let at = 0; at < size; at += 1) {
    const own = 1 - share * ((at > 0) + (at < size - 1));
    const rest = own - share * (at > 0 ? ratio[at - 1] : 0);
    ratio[at] = share / rest;
    found[at] = (line[at] - share * (at > 0 ? found[at - 1] : 0)) / rest;
  }
  for (let at = size - 2; at >= 0; at -= 1) found[at] -= ratio[at] * found[at + 1];
  return found;
}

/** A line of which each two values share a colour, which is enlarged after the reduction. */
function shared(line, factor) {
  const pairs = Float64Array.from({ length: Math.ceil(line.length / 2) }, (_, at) => (line[2 * at] + (line[2 * at + 1] ?? line[2 * at])) / 2);
  const stored = sharpened(pairs, 1 / (8 * factor)).map(Math.round);
  if (factor === 8) return line.map((_, at) => stored[at >> 1]); // of single pixels libjpeg-turbo makes no gradient
  return line.map((_, at) => {
    const own = stored[at >> 1], neighbour = stored[(at >> 1) + (at % 2 ? 1 : -1)] ?? own;
    return Math.floor((3 * own + neighbour + 1 + (at % 2)) / 4);
  });
}
