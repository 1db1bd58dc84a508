import { sampleIndices, type Random } from "./random.js";

/** An element of one of the variables. */
export interface Entry {
  readonly variable: number;
  /** Position in row-major order. */
  readonly index: number;
}

/**
 * At most `limit` entries of variables with the given sizes, chosen at random. Small variables are taken whole
 * before large ones get more than an equal share, so no bias hides behind a large matrix.
 */
export function chooseEntries(sizes: readonly number[], limit: number, random: Random): Entry[] {
  const quota = sizes.map(() => 0);
  const bySize = sizes.map((size, i) => ({ size, i })).sort((a, b) => a.size - b.size);
  let left = limit;
  bySize.forEach(({ size, i }, done) => {
    const share = Math.min(size, Math.ceil(left / (bySize.length - done)));
    quota[i] = share;
    left -= share;
  });
  return sizes.flatMap((size, variable) =>
    sampleIndices(random, size, quota[variable] ?? 0).map((index) => ({ variable, index })),
  );
}

/** Row-major position → index along each axis. */
export function unravel(position: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length).fill(0);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis] ?? 1;
    index[axis] = rest % n;
    rest = Math.floor(rest / n);
  }
  return index;
}
