/** Random networks and data for these tests, made from sizes and a seed. */
import fc from "fast-check";
import { build, type Matrix } from "../../src/bptt/matrix.js";
import type { GruParams, LstmParams, Objective, RnnParams } from "../../src/bptt/index.js";

export interface Sizes {
  readonly T: number;
  readonly input: number;
  readonly hidden: number;
  readonly output: number;
  readonly batch: number;
  readonly seed: number;
}

/** Sizes that shrink towards one step of a 1 × 1 network; the seed is kept. */
export const sizes: fc.Arbitrary<Sizes> = fc.record({
  T: fc.integer({ min: 1, max: 5 }),
  input: fc.integer({ min: 1, max: 3 }),
  hidden: fc.integer({ min: 1, max: 3 }),
  output: fc.integer({ min: 1, max: 2 }),
  batch: fc.integer({ min: 1, max: 3 }),
  seed: fc.noShrink(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
});

/** Draws [rows, cols] matrices with entries between −1 and 1 (a linear congruential sequence). */
export function matrices(seed: number): (rows: number, cols: number) => Matrix {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return (rows, cols) => build(rows, cols, next);
}

/** What is common to all cells: x_1 … x_T, h_0, c_0, dL/dc_T and an objective for each step. */
export interface Data {
  readonly xs: readonly Matrix[];
  readonly h0: Matrix;
  readonly c0: Matrix;
  readonly dcT: Matrix;
  readonly objectives: readonly [Objective, ...Objective[]];
}

/** Data with targets at odd steps and dL/dy from outside at even ones. */
export function dataOf({ T, input, hidden, output, batch, seed }: Sizes): Data {
  const draw = matrices(seed + 1);
  const h0 = draw(hidden, batch);
  const c0 = draw(hidden, batch);
  const dcT = draw(hidden, batch);
  const xs = Array.from({ length: T }, () => draw(input, batch));
  const [first, ...rest] = xs.map((_, index): Objective =>
    index % 2 === 0 ? { target: draw(output, batch) } : { dy: draw(output, batch) },
  );
  if (first === undefined) throw new RangeError("dataOf: T must be at least 1");
  return { xs, h0, c0, dcT, objectives: [first, ...rest] };
}

/** The last of the objectives, and none before it. */
export function lastOnly(objectives: readonly Objective[]): (Objective | undefined)[] {
  return objectives.map((objective, index) => (index === objectives.length - 1 ? objective : undefined));
}

export function rnnParams({ input, hidden, output, seed }: Sizes): RnnParams {
  const draw = matrices(seed);
  return {
    Wxh: draw(hidden, input),
    Whh: draw(hidden, hidden),
    bh: draw(hidden, 1),
    Why: draw(output, hidden),
    by: draw(output, 1),
  };
}

export function lstmParams({ input, hidden, output, seed }: Sizes): LstmParams {
  const draw = matrices(seed);
  const W = () => draw(hidden, hidden + input);
  const b = () => draw(hidden, 1);
  return {
    Wf: W(),
    bf: b(),
    Wi: W(),
    bi: b(),
    Wc: W(),
    bc: b(),
    Wo: W(),
    bo: b(),
    Wy: draw(output, hidden),
    by: draw(output, 1),
  };
}

export function gruParams({ input, hidden, output, seed }: Sizes): GruParams {
  const draw = matrices(seed);
  const Wi = () => draw(hidden, input);
  const Wh = () => draw(hidden, hidden);
  const b = () => draw(hidden, 1);
  return {
    Wir: Wi(),
    bir: b(),
    Whr: Wh(),
    bhr: b(),
    Wiz: Wi(),
    biz: b(),
    Whz: Wh(),
    bhz: b(),
    Win: Wi(),
    bin: b(),
    Whn: Wh(),
    bhn: b(),
    Wy: draw(output, hidden),
    by: draw(output, 1),
  };
}
