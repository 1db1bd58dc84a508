import { ArgumentError, createRng, type Rng } from "@tapeloop/core";

/** Sizes of a cell: features per time step in, and in the state. Cells may ask for more sizes of their own. */
export interface CellSizes {
  readonly input: number;
  readonly hidden: number;
}

/** Throws ArgumentError unless every one of the named sizes is a whole number ≥ 1. */
export function checkSizes(name: string, sizes: Readonly<Record<string, unknown>>): void {
  for (const [key, size] of Object.entries(sizes)) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 1) {
      throw new ArgumentError(`${name}: got ${key} ${String(size)}, expected a whole number ≥ 1`);
    }
  }
}

/** A source of keys from a seed; a source stays as it is. */
export function rngOf(seed: number | Rng): Rng {
  return typeof seed === "number" ? createRng(seed) : seed;
}
