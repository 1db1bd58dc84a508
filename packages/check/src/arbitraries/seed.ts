import fc from "fast-check";

/** Seeds do not shrink: one is as simple as another. */
export function seed(): fc.Arbitrary<number> {
  return fc.noShrink(fc.nat());
}
