import { FAR, NEAR } from "../../packages/core/src/kernels/math/erf.js";
import { SERIES as EXPM1 } from "../../packages/core/src/kernels/math/expm1.js";
import { EVEN, ODD } from "../../packages/core/src/kernels/math/half-tanh.js";
import { BOTTOM, TOP } from "../../packages/core/src/kernels/math/log-float32.js";
import { SERIES as LOG } from "../../packages/core/src/kernels/math/log.js";
import { SERIES as POW } from "../../packages/core/src/kernels/math/pow.js";
import { SERIES as SIGMOID } from "../../packages/core/src/kernels/math/sigmoid.js";
import { COS, SIN } from "../../packages/core/src/kernels/math/sin.js";
import { SERIES as SOFTPLUS } from "../../packages/core/src/kernels/math/softplus.js";
import { SMALL as TANH } from "../../packages/core/src/kernels/math/tanh.js";
import {
  abs,
  add,
  cos,
  div,
  erf,
  expm1,
  log1p,
  long,
  mul,
  ONE,
  scaled,
  scaledErfc,
  sin,
  sub,
  tanh,
  type LongFunction,
} from "./number.js";
import { NO_BOTTOM, nothing, one, type Problem, type Sum } from "./problem.js";

export type Precision = "float32" | "float64";

/** A table of kernels/math and the problem that it solves. */
export interface Table extends Problem {
  /** File and name of the table. */
  readonly name: string;
  readonly approximates: string;
  readonly precision: Precision;
  /** Errors are counted in 2^−unit. */
  readonly unit: number;
  /** The error that the file states. */
  readonly stated: number;
}

const HALF_LN2 = Math.LN2 / 2;
/** (√2 − 1)/(√2 + 1): the largest s = t/(2 + t) for √½ ≤ 1 + t ≤ √2. */
const LARGEST_S = (Math.SQRT2 - 1) / (Math.SQRT2 + 1);

const itself: LongFunction = (x) => x;
const square: LongFunction = (x) => mul(x, x);
const cube: LongFunction = (x) => mul(x, square(x));
const fourth: LongFunction = (x) => square(square(x));
const fifth: LongFunction = (x) => mul(x, fourth(x));
const twice: LongFunction = (x) => scaled(x, 2);

const even = (high: number, low = 0) => ({ low: Math.max(low, high * 1e-6), high, even: true });
const polynomial = (
  base: LongFunction,
  factor: LongFunction,
  coefficients: readonly number[],
  pinned = 0,
) => ({
  top: { base, factor, coefficients, pinned },
  bottom: NO_BOTTOM,
});
const sum = (base: LongFunction, factor: LongFunction, coefficients: readonly number[], pinned = 0): Sum => ({
  base,
  factor,
  coefficients,
  pinned,
});

/** 2·artanh(s) = ln((1 + s)/(1 − s)). */
const logOf: LongFunction = (s) => log1p(div(twice(s), sub(ONE, s)));
const halfTanh: LongFunction = (r) => tanh(scaled(r, 0.5));
const rOverHalfTanh: LongFunction = (r) => div(r, halfTanh(r));
const cosBase: LongFunction = (r) => sub(ONE, scaled(square(r), 0.5));
const twoThirds = div(long(2), long(3));

/** With x = 4·(1 + t)/(1 − t), so that t = (x − 4)/(x + 4). */
const tail: LongFunction = (t) => {
  const x = div(scaled(add(ONE, t), 4), sub(ONE, t));
  return mul(add(ONE, twice(x)), scaledErfc(x));
};

/** One table of each precision. */
function both(
  stated: Readonly<Record<Precision, number>>,
  of: (precision: Precision) => Omit<Table, "precision" | "unit" | "stated">,
): Table[] {
  const precisions = [
    ["float32", 24],
    ["float64", 53],
  ] as const;
  return precisions.map(([precision, unit]) => ({
    ...of(precision),
    precision,
    unit,
    stated: stated[precision],
  }));
}

const ofFloat64 = { precision: "float64", unit: 53 } as const;

export const tables: readonly Table[] = [
  ...both({ float32: 0.23, float64: 0.17 }, (precision) => ({
    name: "expm1.ts SERIES",
    approximates: "e^r − 1 as r + r²·SERIES(r)",
    target: expm1,
    scale: (r) => abs(expm1(r)),
    variable: itself,
    ...polynomial(itself, square, EXPM1[precision]),
    domain: { low: -HALF_LN2, high: HALF_LN2, even: false },
  })),
  ...both({ float32: 0.7, float64: 0.01 }, (precision) => ({
    name: "half-tanh.ts ODD, EVEN",
    approximates: "tanh(r/2) as r·ODD(r²) / (1 + r²·EVEN(r²))",
    target: halfTanh,
    scale: halfTanh,
    variable: square,
    top: sum(nothing, itself, ODD[precision], 1),
    bottom: sum(one, square, EVEN[precision]),
    domain: even(Math.LN2),
  })),
  ...both({ float32: 0.64, float64: 0.08 }, (precision) => ({
    name: "tanh.ts SMALL",
    approximates: "tanh r as r·SMALL(r²)",
    target: tanh,
    scale: tanh,
    variable: square,
    ...polynomial(nothing, itself, TANH[precision], 1),
    domain: even(HALF_LN2),
  })),
  ...both({ float32: 0.04, float64: 0.008 }, (precision) => ({
    name: "sigmoid.ts SERIES",
    approximates: "r/tanh(r/2) as 2 + r²·SERIES(r²)",
    target: rOverHalfTanh,
    scale: rOverHalfTanh,
    variable: square,
    ...polynomial(() => long(2), square, SIGMOID[precision]),
    domain: even(HALF_LN2),
  })),
  {
    name: "log-float32.ts TOP, BOTTOM",
    approximates: "ln(1 + t) as t·TOP(t) / BOTTOM(t)",
    precision: "float32",
    unit: 24,
    stated: 0.4,
    target: log1p,
    scale: (t) => abs(log1p(t)),
    variable: itself,
    top: sum(nothing, itself, TOP, 1),
    bottom: sum(nothing, one, BOTTOM, 1),
    domain: { low: Math.SQRT1_2 - 1, high: Math.SQRT2 - 1, even: false },
  },
  {
    ...ofFloat64,
    name: "log.ts SERIES",
    approximates: "2·artanh s as 2s + s³·SERIES(s²)",
    stated: 0.011,
    target: logOf,
    scale: logOf,
    variable: square,
    ...polynomial(twice, cube, LOG),
    domain: even(LARGEST_S),
  },
  {
    ...ofFloat64,
    name: "softplus.ts SERIES",
    approximates: "2·artanh s as 2s + s³·SERIES(s²)",
    stated: 0.012,
    target: logOf,
    scale: logOf,
    variable: square,
    ...polynomial(twice, cube, SOFTPLUS),
    domain: even(1 / 3),
  },
  {
    ...ofFloat64,
    name: "pow.ts SERIES",
    approximates: "2·artanh s as 2s + ⅔·s³ + s⁵·SERIES(s²)",
    unit: 64,
    stated: 0.0014,
    target: logOf,
    scale: logOf,
    variable: square,
    ...polynomial((s) => add(twice(s), mul(twoThirds, cube(s))), fifth, POW),
    domain: even(LARGEST_S),
  },
  {
    ...ofFloat64,
    name: "sin.ts SIN",
    approximates: "sin r as r + r³·SIN(r²)",
    stated: 0.033,
    target: sin,
    scale: sin,
    variable: square,
    ...polynomial(itself, cube, SIN),
    domain: even(Math.PI / 4),
  },
  {
    ...ofFloat64,
    name: "sin.ts COS",
    approximates: "cos r as 1 − r²/2 + r⁴·COS(r²)",
    stated: 0.0005,
    target: cos,
    scale: cos,
    variable: square,
    ...polynomial(cosBase, fourth, COS),
    domain: even(Math.PI / 4),
  },
  {
    ...ofFloat64,
    name: "erf.ts NEAR",
    approximates: "erf x as x·NEAR(x²)",
    stated: 0.12,
    target: erf,
    scale: erf,
    variable: square,
    ...polynomial(nothing, itself, NEAR),
    domain: even(0.75),
  },
  {
    ...ofFloat64,
    name: "erf.ts FAR",
    approximates: "(1 + 2x)·e^(x²)·erfc x as FAR((x − 4)/(x + 4))",
    stated: 0.34,
    target: tail,
    scale: tail,
    variable: itself,
    ...polynomial(nothing, one, FAR),
    domain: { low: -3.5 / 4.5, high: 23.5 / 31.5, even: false },
  },
];
