// Orders documents by scores, and fuses the scores of words and of vectors (`transforms/search/ask/fusion.py`).

const DEPTH = 100, LEAST_DEVIATION = 1e-6;

/** The positions of the k highest scores above `floor`, the highest first, equal ones by rising `ties` (none: by position). */
export function best(scores, k, { floor = -Infinity, ties = null } = {}) {
  const found = [];
  const isBefore = (one, other) => scores[one] > scores[other] || (scores[one] === scores[other] && (ties ? ties[one] < ties[other] : one < other));
  for (let at = 0; at < scores.length; at += 1) {
    if (!(scores[at] > floor) || (found.length === k && !isBefore(at, found[k - 1]))) continue;
    let low = 0, high = found.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(at, found[middle])) high = middle;
      else low = middle + 1;
    }
    found.splice(low, 0, at);
    if (found.length > k) found.pop();
  }
  return found;
}

/** How many documents each side finds for k good ones. */
export const depthOf = (k, rows) => Math.max(k, Math.min(DEPTH, rows));

/** Mean and deviation of the cosines at some rows. */
export function spread(cosines, rows) {
  let mean = 0, square = 0;
  for (const row of rows) mean += cosines[row] / rows.length;
  for (const row of rows) square += (cosines[row] - mean) ** 2 / rows.length;
  return { mean, deviation: Math.sqrt(square) };
}

/** share + weight * (cosine - mean) / deviation */
export function fused(share, cosine, { mean, deviation }, weight) {
  return share + (deviation < LEAST_DEVIATION ? 0 : (weight * (cosine - mean)) / deviation);
}
