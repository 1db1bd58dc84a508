import { ArgumentError } from "@tapeloop/core";
import type { Trace } from "../numeric/branch.js";
import { add, lo, mul, quickTwoSum, twoProduct, twoSum } from "./arithmetic.js";
import type { DDNumber } from "./romberg.js";
import type { DDProgram } from "./run.js";
import { Signature } from "./signature.js";
import { isDD, type DDTensor, type DDValue } from "./tensor.js";

/** The program at one point: each weighted sum, the sum of the sizes of its terms, and the branch that it took. */
export interface Point {
  readonly sums: readonly DDNumber[];
  readonly sizes: readonly number[];
  readonly trace: Trace;
  readonly isFinite: boolean;
}

/** A point on a line: the program at origin + t·direction. */
export interface Place {
  readonly t: number;
  readonly point: Point;
}

/** What is differentiated: weighted sums of the outputs of a program, at a point. */
export interface Objective {
  readonly program: DDProgram;
  readonly origin: readonly DDValue[];
  readonly weights: readonly Float64Array[];
}

/** The points at t = h, h/2, … along a direction, of which h may be negative. */
export function stencilAt(
  { program, origin, weights }: Objective,
  direction: readonly Float64Array[],
  first: number,
  levels: number,
): Place[] {
  return Array.from({ length: levels }, (_, level) => {
    const t = first * 2 ** -level;
    return { t, point: pointOf({ program, origin: moved(origin, direction, t), weights }) };
  });
}

/** The sums at the origin. */
export function pointOf({ program, origin, weights }: Objective): Point {
  const signature = new Signature();
  const outputs = program.run(origin, signature).filter(isDD);
  const length = outputs.reduce((total, { hi }) => total + hi.length, 0);
  const wrong = weights.find((w) => w.length !== length);
  if (wrong !== undefined) {
    throw new ArgumentError(
      `ddDerivative: got ${wrong.length} weights, expected ${length}, one for each output`,
    );
  }
  const sums = weights.map((w) => weightedSum(w, outputs));
  return {
    sums: sums.map(({ sum }) => sum),
    sizes: sums.map(({ size }) => size),
    trace: signature.trace,
    isFinite: outputs.every(({ hi }) => hi.every(Number.isFinite)),
  };
}

function weightedSum(w: Float64Array, outputs: readonly DDTensor[]): { sum: DDNumber; size: number } {
  let [h, l, size, k] = [0, 0, 0, 0];
  for (const { hi, lo: low } of outputs) {
    for (let i = 0; i < hi.length; i++, k++) {
      const term = mul(hi[i] ?? 0, low[i] ?? 0, w[k] ?? 0, 0);
      size += Math.abs(term);
      h = add(h, l, term, lo());
      l = lo();
    }
  }
  return { sum: { hi: h, lo: l }, size };
}

/** origin + t·direction. For an origin in float64 and t a power of two it is exact. */
function moved(origin: readonly DDValue[], direction: readonly Float64Array[], t: number): DDValue[] {
  let next = 0;
  return origin.map((x) => {
    if (!isDD(x)) return x;
    const along = direction[next++];
    if (along?.length !== x.hi.length) {
      throw new ArgumentError(
        `ddDerivative: got a direction of ${along?.length ?? 0} numbers for input ${next - 1}, expected ${x.hi.length}`,
      );
    }
    const out = { shape: x.shape, hi: new Float64Array(x.hi.length), lo: new Float64Array(x.hi.length) };
    along.forEach((d, i) => {
      const p = twoProduct(t, d);
      const pl = lo();
      const s = twoSum(x.hi[i] ?? 0, p);
      const exact = quickTwoSum(s, lo());
      const rest = add(exact, lo(), x.lo[i] ?? 0, pl);
      out.hi[i] = rest;
      out.lo[i] = lo();
    });
    return out;
  });
}

/** The largest component of a direction. */
export function largestOf(direction: readonly Float64Array[]): number {
  return direction.reduce((max, d) => d.reduce((m, v) => Math.max(m, Math.abs(v)), max), 0);
}
