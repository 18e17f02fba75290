// Makes of an encoded photograph the pixels that an image encoder takes, as `ImageDecoder` does: orientation by EXIF, no colour profile,
// transparency on white or black, and the size by Pillow's filters. Nothing here needs a page: it runs in workers, too.

import { formatOf, withoutMetadata } from "./image_files.js";
import { resized } from "./image_resize.js";
import { jpegReduction, reducedJpeg } from "./jpeg_reduction.js";

export const MAX_PIXELS = 100_000_000;
export const MAX_BYTES = 256 * 2 ** 20;

const BRIGHT = 192; // luminance from which white hides a pixel, as 255 - BRIGHT is that up to which black does
const BACKGROUND_MARGIN = 10;
const MOST_OFF = 0.5; // levels, in the mean: some browsers add a grain that does no harm
const [TILE_WIDTH, TILE_HEIGHT] = [16_384, 256]; // what is copied out of the browser's bitmap at a time: any canvas may be so large
const ON_THE_SIDE = new Set([5, 6, 7, 8]);

/** A photograph that cannot be read: `message` is one line that says why. */
export class PhotographError extends Error {}

/**
 * @param {Blob} file an encoded image
 * @param image what the encoder takes, as "image" of a model.json has it: height, width, range, and resize: fit, resampling, resized, transparency
 * @returns {Promise<Float32Array>} [height, width, 3] in `image.range`
 * @throws {PhotographError} it is no photograph, one that this browser does not read, or too large.
 */
export async function pixelsOf(file, image) {
  const photograph = await Photograph.open(file);
  try {
    return photograph.pixels(image);
  } finally {
    photograph.close();
  }
}

/** @throws {PhotographError} this browser gives a page other pixels than a file's, as some do so that nobody can be recognised by them. */
export async function checkPixels() {
  const side = 16;
  const given = Uint8ClampedArray.from({ length: side * side * 4 }, (_, at) => (at % 4 === 3 ? 255 : (at * 37) % 251));
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext("2d").putImageData(new ImageData(given, side), 0, 0);
  const photograph = await Photograph.open(await canvas.convertToBlob({ type: "image/png" }));
  const found = photograph.levels({ height: side, width: side });
  photograph.close();
  const off = found.reduce((total, level, at) => total + Math.abs(level - given[at + Math.floor(at / 3)]), 0) / found.length;
  if (off > MOST_OFF) throw new PhotographError("This browser changes the pixels that a page reads, to protect you: allow it for this page, or take another browser.");
}

/** A decoded photograph; `close` it, for the browser keeps its pixels. */
export class Photograph {
  constructor(bitmap, format, { orientation, sampling = null }) {
    Object.assign(this, { bitmap, format, orientation, sampling });
    this.isOnTheSide = ON_THE_SIDE.has(orientation);
  }

  /** @throws {PhotographError} as `pixelsOf`. */
  static async open(file) {
    if (!file.size) throw new PhotographError("the file has 0 bytes");
    if (file.size > MAX_BYTES) {
      throw new PhotographError(`the file has ${file.size.toLocaleString("en")} bytes, the limit is ${MAX_BYTES.toLocaleString("en")}`);
    }
    const bytes = new Uint8Array(await file.arrayBuffer().catch(() => {
      throw new PhotographError("it cannot be read: perhaps it is a folder, or it was moved");
    }));
    const format = formatOf(bytes);
    if (!format) throw new PhotographError("it is no photograph: not a JPEG, PNG, WebP, GIF, BMP or AVIF");
    const stored = withoutMetadata(bytes, format);
    check(stored);
    if (stored.isUnclear) throw new PhotographError("a JPEG in CMYK that does not say whether its inks are inverted: save it in RGB");
    let bitmap;
    try {
      bitmap = await createImageBitmap(new Blob([stored.bytes], { type: `image/${format.toLowerCase()}` }), { colorSpaceConversion: "none" });
    } catch {
      const isForeign = format === "HEIC" || format === "TIFF";
      throw new PhotographError(isForeign ? `this browser reads no ${format}: save it as JPEG` : `a broken ${format}, or of a kind that this browser does not read`);
    }
    check(bitmap);
    return new Photograph(bitmap, format, stored);
  }

  close() {
    this.bitmap.close();
  }

  /** Float32Array [height, width, 3] in the encoder's range. */
  pixels(image) {
    const [low, high] = image.range ?? [0, 255];
    const step = (high - low) / 255;
    return Float32Array.from(this.levels(image), (level) => level * step + low);
  }

  /** Uint8Array [height, width, 3], 0..255. */
  levels(image) {
    const asStored = (size) => (this.isOnTheSide ? [...size].reverse() : size);
    const { fit, resampling, resized: whole = null, transparency } = image.resize ?? {};
    const target = asStored([image.height, image.width]);
    const covered = whole ? asStored(whole) : null;
    let source = sourceOfBitmap(this.bitmap, { mayBeSeenThrough: this.format !== "JPEG", transparency });
    if (this.format === "JPEG") {
      const factor = jpegReduction(source.width, source.height, covered ?? target);
      if (factor > 1) source = reducedJpeg(source, factor, this.sampling);
    }
    return upright(resized(source, target, { fit, resampling, resized: covered }), target, this.orientation);
  }

  /** A small picture for people to see, a Blob: its longer side has at most `side` pixels. */
  async thumbnail(side = 96) {
    const { width, height } = this.bitmap;
    const times = Math.min(side / width, side / height, 1);
    const size = [width, height].map((one) => Math.max(Math.round(one * times), 1));
    const canvas = new OffscreenCanvas(...(this.isOnTheSide ? [...size].reverse() : size));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.setTransform(...turnOf(this.orientation, ...size));
    context.drawImage(this.bitmap, 0, 0, ...size);
    return canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
  }
}

function check({ width, height }) {
  if (width * height <= MAX_PIXELS) return;
  const count = (width * height).toLocaleString("en");
  throw new PhotographError(`${width} x ${height} is ${count} pixels, the limit is ${MAX_PIXELS.toLocaleString("en")}`);
}

/** The pixels of a bitmap in strips, so that a large one is not there twice. */
function sourceOfBitmap(bitmap, { mayBeSeenThrough, transparency }) {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(Math.min(width, TILE_WIDTH), Math.min(height, TILE_HEIGHT));
  const context = canvas.getContext("2d", { willReadFrequently: true });

  /** Calls `use` with the RGBA bytes of each tile of a part, and where it is. */
  const eachTile = (top, bottom, left, right, use) => {
    for (let y = top; y < bottom; y += TILE_HEIGHT) {
      for (let x = left; x < right; x += TILE_WIDTH) {
        const [wide, tall] = [Math.min(TILE_WIDTH, right - x), Math.min(TILE_HEIGHT, bottom - y)];
        context.clearRect(0, 0, wide, tall);
        context.drawImage(bitmap, x, y, wide, tall, 0, 0, wide, tall);
        use(context.getImageData(0, 0, wide, tall).data, x, y, wide, tall);
      }
    }
  };
  let background = null; // of an image that is opaque everywhere none is needed
  if (mayBeSeenThrough) {
    const seen = { total: 0, bright: 0, dark: 0, isOpaque: true };
    eachTile(0, height, 0, width, (data) => look(data, seen));
    // A canvas forgets the colours below, which encoders of version 0.1 saw.
    if (!seen.isOpaque && transparency === "drop") throw new PhotographError("it has transparency, which this model does not take: save it without");
    if (!seen.isOpaque) background = BACKGROUND_MARGIN * (seen.bright - seen.dark) > seen.total ? 0 : 255;
  }
  const strip = (top, bottom, left, right) => {
    const made = new Uint8Array((bottom - top) * (right - left) * 3);
    eachTile(top, bottom, left, right, (data, x, y, wide, tall) => {
      for (let line = 0, at = 0; line < tall; line += 1) {
        let to = ((y - top + line) * (right - left) + x - left) * 3;
        for (const end = at + 4 * wide; at < end; at += 4, to += 3) {
          if (background === null) {
            made[to] = data[at];
            made[to + 1] = data[at + 1];
            made[to + 2] = data[at + 2];
          } else {
            for (let c = 0; c < 3; c += 1) made[to + c] = onBackground(data[at + c], data[at + 3], background);
          }
        }
      }
    });
    return made;
  };
  return { width, height, strip };
}

/** Counts what white and what black would hide, as `image_transparency.py` does: pixels count as much as they are opaque. */
function look(data, seen) {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3];
    const luminance = (data[at] * 19595 + data[at + 1] * 38470 + data[at + 2] * 7471 + 32768) >> 16;
    seen.total += alpha;
    if (luminance >= BRIGHT) seen.bright += alpha;
    if (luminance <= 255 - BRIGHT) seen.dark += alpha;
    if (alpha < 255) seen.isOpaque = false;
  }
}

function onBackground(level, alpha, background) {
  const blend = level * alpha + background * (255 - alpha) + 128;
  return (blend + (blend >> 8)) >> 8;
}

/** Pixels as EXIF says that they are to be seen; `size`, [height, width], is that as stored. */
function upright(pixels, [height, width], orientation) {
  if (orientation < 2 || orientation > 8) return pixels;
  const turned = new Uint8Array(pixels.length);
  const [a, b, c, d, e, f] = turnOf(orientation, width - 1, height - 1);
  const across = ON_THE_SIDE.has(orientation) ? height : width;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const to = ((b * x + d * y + f) * across + a * x + c * y + e) * 3, from = (y * width + x) * 3;
      for (let k = 0; k < 3; k += 1) turned[to + k] = pixels[from + k];
    }
  }
  return turned;
}

/** What undoes an EXIF orientation, as a canvas takes it: x' = a x + c y + e, y' = b x + d y + f. */
function turnOf(orientation, width, height) {
  return {
    2: [-1, 0, 0, 1, width, 0],
    3: [-1, 0, 0, -1, width, height],
    4: [1, 0, 0, -1, 0, height],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, height, 0],
    7: [0, -1, -1, 0, height, width],
    8: [0, -1, 1, 0, 0, width],
  }[orientation] ?? [1, 0, 0, 1, 0, 0];
}
