import type { FunctionBuilder, Local } from "../../wasm/index.js";
import type { Lanes } from "./lanes.js";
import { polynomials } from "./polynomial.js";

/** tanh(r/2) = odd / (1 + evenLess1), so that e^r = (even + odd) / (even − odd). */
interface HalfTanh {
  readonly odd: Local<"v128">;
  /** Without the 1, so that it can be added last, when nothing more is lost to its rounding. */
  readonly evenLess1: Local<"v128">;
}

/**
 * odd = r·ODD(r²), even = 1 + r²·EVEN(r²) for |r| ≤ ln 2: minimax quotients, relative errors of tanh(r/2) 0.7·2⁻²⁴ in
 * float32 and 0.01·2⁻⁵³ in float64.
 */
export const ODD = {
  float32: [0.5, 0.06634748236544863 / 8],
  float64: [0.5, 0.015148394231470979, 6.305705208500694e-5],
};
export const EVEN = {
  float32: [0.39967686940520714 / 4],
  float64: [0.11363012179627519, 0.001261957587196115, 1.4994188537900667e-6],
};

export function halfTanh(f: FunctionBuilder, lanes: Lanes, r: Local<"v128">): HalfTanh {
  const square = f.keep(lanes.mul(r, r));
  const of = polynomials(f, lanes, square);
  return {
    odd: f.keep(lanes.mul(r, of(ODD[lanes.precision]))),
    evenLess1: f.keep(lanes.mul(square, of(EVEN[lanes.precision]))),
  };
}
