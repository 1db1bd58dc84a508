import type { FunctionBuilder, Local, Value } from "../../wasm/index.js";
import type { Lanes } from "./lanes.js";

type Vector = Value<"v128">;

/**
 * Σ coefficients[k]·xᵏ as c₀ + x·(c₁ + …), with the sum in parentheses by Estrin's scheme: neighbours are paired, then
 * the pairs as coefficients of x², and so on. The few squarings more than Horner's rule needs buy a chain of dependent
 * instructions that is much shorter, and the length of that chain is what a loop over memory waits for. The last step
 * is Horner's, so that where the first coefficient dominates the sum is rounded once.
 *
 * Coefficients come from scripts/coefficients: minimax ones by Remez's exchange, rounded to the precision in which they
 * are used so that each makes up for the rounding of those before. Errors that files state are those of the rounded
 * coefficients in exact arithmetic; what evaluation adds in floating point, mostly far more, is not in them.
 *
 * Several polynomials in the same x share its powers: use {@link polynomials}.
 */
export function polynomial(
  f: FunctionBuilder,
  lanes: Lanes,
  coefficients: readonly number[],
  x: Local<"v128">,
): Vector {
  return polynomials(f, lanes, x)(coefficients);
}

/** Computes polynomials in x, a local; see {@link polynomial}. */
export function polynomials(
  f: FunctionBuilder,
  lanes: Lanes,
  x: Local<"v128">,
): (coefficients: readonly number[]) => Vector {
  const powers = [x];
  const power = (level: number): Local<"v128"> => {
    const known = powers[level];
    if (known !== undefined) return known;
    const root = power(level - 1);
    return (powers[level] = f.keep(lanes.mul(root, root)));
  };
  const sum = (terms: readonly Vector[], level: number): Vector => {
    const [only, second] = terms;
    if (only === undefined) return f.constant(lanes.all(0));
    if (second === undefined) return only;
    const factor = power(level);
    const pairs: Vector[] = [];
    for (let k = 0; k < terms.length; k += 2) {
      const [low, high] = terms.slice(k, k + 2);
      if (low !== undefined) pairs.push(high === undefined ? low : lanes.add(low, lanes.mul(high, factor)));
    }
    return sum(pairs, level + 1);
  };
  return (coefficients) => {
    const [first = f.constant(lanes.all(0)), ...others] = coefficients.map((c) => f.constant(lanes.all(c)));
    return others.length === 0 ? first : lanes.add(first, lanes.mul(x, sum(others, 0)));
  };
}
