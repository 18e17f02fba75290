// Reads the headers of encoded photographs: format, size and EXIF orientation; and takes out what would make a browser change pixels.

const SOF = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const PNG_PIXELS = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
const HEIF_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"]);

const ascii = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** "JPEG", "PNG", "WebP", "GIF", "BMP", "AVIF", "HEIC" or "TIFF" by the first bytes; null: none of these. */
export function formatOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "JPEG";
  const head = ascii(bytes, 0, 16);
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "PNG";
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return "WebP";
  if (head.startsWith("GIF8")) return "GIF";
  if (head.startsWith("BM")) return "BMP";
  if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return "TIFF";
  if (head.slice(4, 8) !== "ftyp") return null;
  const brand = head.slice(8, 12);
  if (brand === "avif" || brand === "avis") return "AVIF";
  return HEIF_BRANDS.has(brand) ? (ascii(bytes, 16, 256).includes("avi") ? "AVIF" : "HEIC") : null;
}

/**
 * A photograph without its colour profile and its orientation, which browsers apply, each in its own way, and this project applies
 * not at all or later; its size as it is stored; and that orientation, 1..8 (EXIF tag 0x0112).
 *
 * @returns {{bytes: Uint8Array, width: number, height: number, orientation: number, sampling: number[] | null, isUnclear: boolean}} width 0: the
 * header does not say; sampling of a JPEG's colours: [across, down], how many pixels share one; isUnclear: of a JPEG in CMYK, browsers
 * take its inks for inverted, as Adobe stores them, though it does not say so.
 */
export function withoutMetadata(bytes, format) {
  try {
    if (format === "JPEG") return plainJpeg(bytes);
    if (format === "PNG") return plainPng(bytes);
    if (format === "WebP") return plainWebp(bytes);
    return { bytes, ...sizeOf(bytes, format), orientation: 1 };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { bytes, width: 0, height: 0, orientation: 1 }; // cut short: the browser's decoder says so
  }
}

function plainJpeg(bytes) {
  const view = viewOf(bytes);
  const kept = [bytes.subarray(0, 2)];
  let orientation = null, isAdobe = false, at = 2;
  for (;;) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || view.getUint8(at) !== 0xff) { // filling, or stray bytes between segments
      at += 1;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    const isFrame = SOF.has(marker);
    if (isFrame || marker === 0xda) {
      const [height, width] = isFrame ? [view.getUint16(at + 5), view.getUint16(at + 7)] : [0, 0];
      const components = isFrame ? view.getUint8(at + 9) : 0;
      const sampling = components === 3 ? samplingOf([11, 14, 17].map((place) => view.getUint8(at + place))) : null;
      kept.push(bytes.subarray(at));
      return { bytes: joined(kept), width, height, orientation: orientation ?? 1, sampling, isUnclear: components === 4 && !isAdobe };
    }
    const isExif = marker === 0xe1 && ascii(bytes, at + 4, at + 10) === "Exif\0\0";
    if (isExif) orientation ??= orientationOf(bytes.subarray(at + 10, end));
    isAdobe ||= marker === 0xee && ascii(bytes, at + 4, at + 9) === "Adobe";
    if (marker !== 0xe1 && marker !== 0xe2) kept.push(bytes.subarray(at, end));
    at = end;
  }
}

/** Of the sampling factors of brightness and two colours, each across and down in half a byte. */
function samplingOf([brightness, blue, red]) {
  const across = (brightness >> 4) / (blue >> 4), down = (brightness & 15) / (blue & 15);
  return blue === red && [across, down].every((one) => one === 1 || one === 2) ? [across, down] : null;
}

function plainPng(bytes) {
  const view = viewOf(bytes);
  const kept = [bytes.subarray(0, 8)];
  let orientation = 1;
  for (let at = 8; at + 8 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at), type = ascii(bytes, at + 4, at + 8);
    if (type === "eXIf") orientation = orientationOf(bytes.subarray(at + 8, end - 4));
    if (PNG_PIXELS.has(type)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return { bytes: joined(kept), width: view.getUint32(16), height: view.getUint32(20), orientation };
}

function plainWebp(bytes) {
  const view = viewOf(bytes), first = ascii(bytes, 12, 16);
  const at3 = (at) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (first === "VP8L") {
    const bits = view.getUint32(21, true);
    return { bytes, width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff), orientation: 1 };
  }
  if (first !== "VP8X") {
    return { bytes, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, orientation: 1 };
  }
  const plain = bytes.slice();
  let orientation = 1;
  plain[20] &= ~0x2c; // there is no profile, EXIF or XMP
  for (let at = 12; at + 8 <= bytes.length;) {
    const type = ascii(bytes, at, at + 4), end = at + 8 + view.getUint32(at + 4, true);
    if (type === "EXIF") orientation = orientationOf(bytes.subarray(at + 8, end));
    if (type === "EXIF" || type === "ICCP" || type === "XMP ") plain.set([0x78, 0x78, 0x78, 0x78], at); // an unknown chunk
    at = end + (end & 1);
  }
  return { bytes: plain, width: 1 + at3(24), height: 1 + at3(27), orientation };
}

function sizeOf(bytes, format) {
  const view = viewOf(bytes);
  if (format === "GIF") return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (format === "BMP") {
    const old = view.getUint32(14, true) === 12;
    return old
      ? { width: view.getUint16(18, true), height: view.getUint16(20, true) }
      : { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  }
  // AVIF and HEIC: the largest of the images' spatial extents, ISO/IEC 23008-12, section 6.5.3.
  let size = { width: 0, height: 0 };
  for (let at = 0; at + 16 <= Math.min(bytes.length, 65_536); at += 1) {
    if (ascii(bytes, at, at + 4) !== "ispe") continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (width * height > size.width * size.height) size = { width, height };
  }
  return size;
}

/** EXIF orientation of a TIFF block, perhaps behind "Exif"; 1 where there is none to be read. */
function orientationOf(block) {
  const tiff = ascii(block, 0, 6) === "Exif\0\0" ? block.subarray(6) : block;
  const order = ascii(tiff, 0, 2);
  if (order !== "II" && order !== "MM") return 1;
  const view = viewOf(tiff), little = order === "II";
  try {
    const start = view.getUint32(4, little), count = view.getUint16(start, little);
    for (let entry = start + 2; entry < start + 2 + 12 * count; entry += 12) {
      if (view.getUint16(entry, little) === 0x0112) return view.getUint16(entry + 8, little);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
