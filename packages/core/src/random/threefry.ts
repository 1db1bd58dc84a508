/**
 * Threefry-2x32 with 20 rounds: a counter-based random generator (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). A pure function of key and counter, made of 32-bit additions, rotations
 * and exclusive ors only, so its numbers are the same on every machine.
 */

export const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
export const PARITY = 0x1bd11bda;

/** Writes the two output words of the block `(c0, c1)` under the key `(k0, k1)` to `out[at]`, `out[at + 1]`. */
export function threefry2x32(
  k0: number,
  k1: number,
  c0: number,
  c1: number,
  out: Int32Array,
  at: number,
): void {
  const k2 = PARITY ^ k0 ^ k1;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round & 7] ?? 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    if ((round & 3) !== 3) continue;
    // After every fourth round the key goes in again, rotated by one word each time.
    const s = (round >> 2) + 1;
    x0 = (x0 + pick(s, k0, k1, k2)) | 0;
    x1 = (x1 + pick(s + 1, k0, k1, k2) + s) | 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
}

function pick(s: number, k0: number, k1: number, k2: number): number {
  const i = s % 3;
  return i === 0 ? k0 : i === 1 ? k1 : k2;
}
