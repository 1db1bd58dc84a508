/**
 * Finds one element of a vector's support that accounts for a discrepancy: halves the support as long as one of the
 * halves still shows it, as for a lie among many truths.
 *
 * @param excess by how much the discrepancy of a part of the vector exceeds what can be explained: > 1 is suspicious
 * @returns the elements from … to − 1 at which no half shows it alone; one element if all goes well
 */
export function locate(
  vector: Float64Array,
  excess: (part: Float64Array) => number,
): { readonly from: number; readonly to: number } {
  let [from, to] = [0, vector.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    const lower = excess(restricted(vector, from, middle));
    const upper = excess(restricted(vector, middle, to));
    if (!(lower > 1) && !(upper > 1)) break;
    if (lower >= upper) to = middle;
    else from = middle;
  }
  return { from, to };
}

/** The vector with zeros outside of from … to − 1. */
export function restricted(vector: Float64Array, from: number, to: number): Float64Array {
  return vector.map((v, i) => (i >= from && i < to ? v : 0));
}
