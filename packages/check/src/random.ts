/**
 * Seeded random numbers for probes and samples: a check that fails can be run again exactly. Not the library's
 * generator, so that a checker does not rest on what it checks.
 */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Whole number in 0 … below − 1. */
  integer(below: number): number;
}

export function createRandom(seed: number): Random {
  let state = seed | 0;
  // A counter through a 32-bit finalizer (Mueller's mixing constants).
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
    z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
    return (z ^ (z >>> 16)) >>> 0;
  };
  const uniform = (): number => next() / 2 ** 32;
  return {
    uniform,
    // Box-Muller; 1 − u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (below) => Math.floor(uniform() * below),
  };
}

/** Weights of either sign with size between ½ and 1½: none is near zero, so no element escapes a probe. */
export function randomWeights(random: Random, size: number): Float64Array {
  return Float64Array.from(
    { length: size },
    () => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + random.uniform()),
  );
}

/** A random direction of Euclidean length 1. */
export function randomDirection(random: Random, size: number): Float64Array {
  const direction = Float64Array.from({ length: size }, () => random.normal());
  const length = norm(direction);
  return length === 0 ? direction : direction.map((v) => v / length);
}

/** A direction of Euclidean length 1 in which every entry has the same share, with a random sign (Rademacher). */
export function randomSigns(random: Random, size: number): Float64Array {
  const share = 1 / Math.sqrt(size);
  return Float64Array.from({ length: size }, () => (random.uniform() < 0.5 ? -share : share));
}

function norm(v: Float64Array): number {
  let total = 0;
  for (const x of v) total += x * x;
  return Math.sqrt(total);
}

/** `count` different whole numbers of 0 … size − 1, ascending; all of them if `count` ≥ `size`. */
export function sampleIndices(random: Random, size: number, count: number): number[] {
  if (count >= size) return Array.from({ length: size }, (_, i) => i);
  // Floyd's algorithm: one draw for each index that is taken.
  const chosen = new Set<number>();
  for (let top = size - count; top < size; top++) {
    const i = random.integer(top + 1);
    chosen.add(chosen.has(i) ? top : i);
  }
  return [...chosen].sort((a, b) => a - b);
}
