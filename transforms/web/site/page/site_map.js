// The map of a site: its points as the bytes that map_points.js reads, which `vectormill serve` sends.

const NONE = 255;

/**
 * @param points arrays of map.arrays: rows, x, y, clusters.
 * @param column the name of one of the columns of few values, whose codes are wanted, or null; `arrays` are those of index.arrays.
 */
export function mapBody({ name, version, rows, columns }, points, column, arrays) {
  const number = columns.findIndex((one) => one.name === column), count = points.rows.length;
  const values = column === null ? [] : columns[number].values;
  const header = new TextEncoder().encode(JSON.stringify({ index: name, version, points: count, rows, column, values }));
  const start = Math.ceil((4 + header.length) / 8) * 8;
  const buffer = new ArrayBuffer(start + count * (14 + (column === null ? 0 : 1)));
  new DataView(buffer).setUint32(0, start - 4, true);
  new Uint8Array(buffer, 4, start - 4).fill(0x20).set(header);
  let at = start;
  for (const array of [points.rows, points.x, points.y, points.clusters]) {
    new array.constructor(buffer, at, count).set(array);
    at += array.byteLength;
  }
  if (column !== null) new Uint8Array(buffer, at, count).set(Uint8Array.from(points.rows, (row) => (arrays[`column-${number}`][row] || NONE + 1) - 1));
  return buffer;
}
