import { ArgumentError, checkMethods, createRng, shown, type Rng } from "@tapeloop/core";

/** Sizes of a cell: features per time step in, and in the state. Cells may ask for more sizes of their own. */
export interface CellSizes {
  readonly input: number;
  readonly hidden: number;
}

/** Throws ArgumentError unless every one of the named sizes is a whole number ≥ 1. */
export function checkSizes(name: string, sizes: Readonly<Record<string, unknown>>): void {
  for (const [key, size] of Object.entries(sizes)) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 1) {
      throw new ArgumentError(`${name}: got ${key} ${shown(size)}, expected a whole number ≥ 1`);
    }
  }
}

/** Throws ArgumentError for what is no source of keys. */
export function checkRng(where: string, rng: unknown): void {
  checkMethods(where, rng, "the source of keys, expected a seed or what createRng makes", ["key"]);
}

/** A source of keys from a seed; a source stays as it is. */
export function rngOf(seed: number | Rng): Rng {
  if (typeof seed === "number") return createRng(seed);
  checkRng("init", seed);
  return seed;
}
