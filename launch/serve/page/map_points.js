// The points of a map: read from the service's bytes, found near a place, and inside a lasso.

import { parsed } from "./elements.js";

const NONE = 255;

/**
 * The points of a body of /api/map: its header, and typed arrays of one entry a point: rows, x, y (-1 to 1), clusters, and codes,
 * positions in `header.values` (255: none), or null where no column was asked for.
 */
export function readPoints(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = parsed(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  const next = (Kind) => {
    const array = new Kind(buffer, at, header.points);
    at += array.byteLength;
    return array;
  };
  const points = { header, rows: next(Uint32Array), x: next(Float32Array), y: next(Float32Array), clusters: next(Int16Array) };
  return { ...points, codes: header.column === null ? null : next(Uint8Array) };
}

/** Colours by cluster: as a column's values and codes. */
export function clusterColours(clusters) {
  const count = clusters.reduce((most, one) => Math.max(most, one + 1), 0);
  return { values: Array.from({ length: count }, (_, at) => `cluster ${at + 1}`), codes: Uint8Array.from(clusters, (one) => (one < NONE ? one : NONE)) };
}

/** How many points have each code, and, last, how many have none. */
export function countCodes(codes, values) {
  const counts = new Array(values.length + 1).fill(0);
  for (const code of codes) counts[Math.min(code, values.length)] += 1;
  return counts;
}

/** Finds points in the plane by a grid of cells. */
export class PointGrid {
  constructor(x, y) {
    this.x = x;
    this.y = y;
    this.side = Math.max(1, Math.min(512, Math.round(Math.sqrt(x.length / 4))));
    const cells = Uint32Array.from(x, (_, at) => this._cell(x[at], y[at]));
    this.starts = new Uint32Array(this.side * this.side + 1);
    for (const cell of cells) this.starts[cell + 1] += 1;
    for (let cell = 0; cell < this.starts.length - 1; cell += 1) this.starts[cell + 1] += this.starts[cell];
    const next = this.starts.slice();
    this.order = new Uint32Array(x.length);
    cells.forEach((cell, at) => { this.order[next[cell]++] = at; });
  }

  _column(value) {
    return Math.max(0, Math.min(this.side - 1, Math.floor(((value + 1) / 2) * this.side)));
  }

  _cell(x, y) {
    return this._column(y) * this.side + this._column(x);
  }

  /** Calls `take` with each point in the cells that a rectangle meets. */
  _visit(left, bottom, right, top, take) {
    for (let row = this._column(bottom); row <= this._column(top); row += 1) {
      const first = row * this.side;
      const stop = this.starts[first + this._column(right) + 1];
      for (let at = this.starts[first + this._column(left)]; at < stop; at += 1) take(this.order[at]);
    }
  }

  /** The point nearest to a place within a radius for which `wanted` is true, or -1. */
  nearest(x, y, radius, wanted = () => true) {
    let best = -1;
    let least = radius * radius;
    this._visit(x - radius, y - radius, x + radius, y + radius, (at) => {
      const gap = (this.x[at] - x) ** 2 + (this.y[at] - y) ** 2;
      if (gap <= least && wanted(at)) [best, least] = [at, gap];
    });
    return best;
  }

  /** The points inside a polygon ([x, y] pairs), rising. */
  inside(polygon) {
    const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)];
    const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const found = [];
    this._visit(left, bottom, right, top, (at) => {
      const [x, y] = [this.x[at], this.y[at]];
      if (x < left || x > right || y < bottom || y > top) return;
      let isInside = false;
      for (let one = 0, other = xs.length - 1; one < xs.length; other = one, one += 1) {
        if (ys[one] > y !== ys[other] > y && x < xs[one] + ((xs[other] - xs[one]) * (y - ys[one])) / (ys[other] - ys[one])) isInside = !isInside;
      }
      if (isInside) found.push(at);
    });
    return Uint32Array.from(found).sort();
  }
}
