import { fromTypedArray } from "@tapeloop/core";
import { add, compare, div, lo, mul, quickTwoSum, result, sqrt, sub } from "./arithmetic.js";
import { numberOf } from "./attributes.js";
import { cos, erf, erfc, exp, expm1, log, log1p, pow, sigmoid, sin, softplus, tanh } from "./functions.js";
import {
  allocateDD,
  operand,
  store,
  stretch,
  typeOf,
  type DDCall,
  type DDKernel,
  type DDTensor,
} from "./tensor.js";

/* Elementwise operations in double-double. A function takes and leaves its halves as arithmetic.ts says. */

type Unary = (xh: number, xl: number) => number;
type Binary = (ah: number, al: number, bh: number, bl: number) => number;

/** Kernel of a function of each element; `make` reads the settings, if there are any. */
function unary(make: (call: DDCall) => Unary): DDKernel {
  return (inputs, call) => [mapDD(operand(inputs, 0, call), make(call))];
}

function mapDD(x: DDTensor, f: Unary): DDTensor {
  const out = allocateDD(x.shape);
  for (let i = 0; i < x.hi.length; i++) store(out, i, f(x.hi[i] ?? 0, x.lo[i] ?? 0));
  return out;
}

/** The two operands of an elementwise operation, broadcast to one shape. */
function pair(...[inputs, call]: Parameters<DDKernel>): readonly [DDTensor, DDTensor] {
  const { shape } = typeOf(call);
  return [stretch(operand(inputs, 0, call), shape), stretch(operand(inputs, 1, call), shape)];
}

function binary(f: Binary): DDKernel {
  return (inputs, call) => {
    const [a, b] = pair(inputs, call);
    const out = allocateDD(typeOf(call).shape);
    for (let i = 0; i < out.hi.length; i++) {
      store(out, i, f(a.hi[i] ?? 0, a.lo[i] ?? 0, b.hi[i] ?? 0, b.lo[i] ?? 0));
    }
    return [out];
  };
}

/** Kernel of a comparison; `test` gets −1, 0 or 1, or NaN. */
function comparison(test: (order: number) => boolean): DDKernel {
  return (inputs, call) => {
    const [a, b] = pair(inputs, call);
    const { shape } = typeOf(call);
    const out = new Uint8Array(a.hi.length);
    for (let i = 0; i < out.length; i++) {
      out[i] = Number(test(compare(a.hi[i] ?? 0, a.lo[i] ?? 0, b.hi[i] ?? 0, b.lo[i] ?? 0)));
    }
    return [fromTypedArray(out, shape)];
  };
}

const SQRT1_2 = { hi: 0.7071067811865476, lo: -4.833646656726457e-17 };

/** x·Φ(x) = x·erfc(−x/√2)/2; −0 where the weight underflows. */
function gelu(xh: number, xl: number): number {
  const z = mul(-xh, -xl, SQRT1_2.hi, SQRT1_2.lo);
  const p = erfc(z, lo());
  return p === 0 ? result(-0, 0) : mul(p / 2, lo() / 2, xh, xl);
}

/** The constants are those of the operation, which are float64. */
const GELU_SCALE = 2 * Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** x·σ(SCALE·(x + CUBIC·x³)). */
function geluTanh(xh: number, xl: number): number {
  const square = mul(xh, xl, xh, xl);
  const scaled = mul(square, lo(), GELU_CUBIC, 0);
  const factor = add(scaled, lo(), 1, 0);
  const cubic = mul(factor, lo(), xh, xl);
  const z = mul(cubic, lo(), GELU_SCALE, 0);
  const p = sigmoid(z, lo());
  return p === 0 ? result(-0, 0) : mul(p, lo(), xh, xl);
}

function softsign(xh: number, xl: number): number {
  if (Math.abs(xh) === Infinity) return result(Math.sign(xh), 0);
  const bottom = xh < 0 ? sub(1, 0, xh, xl) : add(1, 0, xh, xl);
  return div(xh, xl, bottom, lo());
}

/** The largest whole number ≤ x. */
export function floor(xh: number, xl: number): number {
  const h = Math.floor(xh);
  return h === xh && h - h === 0 && h !== 0 ? quickTwoSum(h, Math.floor(xl)) : result(h, 0);
}

function ceil(xh: number, xl: number): number {
  const h = -floor(-xh, -xl);
  return result(h, -lo());
}

/** The nearest whole number; halves go to the even neighbour. */
function round(xh: number, xl: number): number {
  if (xh === 0 || xh - xh !== 0) return result(xh, 0);
  const moved = add(xh, xl, 0.5, 0);
  const movedLo = lo();
  const h = floor(moved, movedLo);
  const isHalf = h === moved && lo() === movedLo;
  return isHalf && Math.abs(h % 2) === 1 ? sub(h, lo(), 1, 0) : h;
}

/** a, or b, as Math.max and Math.min choose: NaN wins. */
function choice(wins: (order: number) => boolean): Binary {
  return (ah, al, bh, bl) => {
    const order = compare(ah, al, bh, bl);
    if (order !== order) return result(NaN, 0);
    // Equal numbers may be zeros of either sign.
    if (order === 0 && ah === 0) return result(wins(1) ? Math.max(ah, bh) : Math.min(ah, bh), 0);
    return wins(order) ? result(ah, al) : result(bh, bl);
  };
}

function leakyRelu(slope: number): Unary {
  return (h, l) => (h > 0 ? result(h, l) : mul(h, l, slope, 0));
}

function elu(alpha: number): Unary {
  return (h, l) => {
    if (h > 0) return result(h, l);
    const e = expm1(h, l);
    return mul(e, lo(), alpha, 0);
  };
}

const larger = choice((order) => order >= 0);
const smaller = choice((order) => order <= 0);

function clip(min: number, max: number): Unary {
  return (h, l) => {
    const bounded = larger(h, l, min, 0);
    return smaller(bounded, lo(), max, 0);
  };
}

function rsqrt(h: number, l: number): number {
  const root = sqrt(h, l);
  return div(1, 0, root, lo());
}

const simple: Record<string, Unary> = {
  ...{ sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, tanh, sigmoid, softplus, erf, erfc },
  ...{ gelu, geluTanh, softsign, floor, ceil, round },
  neg: (h, l) => result(-h, -l),
  abs: (h, l) => (h < 0 ? result(-h, -l) : result(Math.abs(h), l)),
  sign: (h) => result(Math.sign(h), 0),
  square: (h, l) => mul(h, l, h, l),
  reciprocal: (h, l) => div(1, 0, h, l),
  relu: (h, l) => (h > 0 ? result(h, l) : result(Math.max(h, 0), 0)),
};

/** Elementwise operations by name. */
export const elementwise: Record<string, DDKernel> = {
  ...Object.fromEntries(Object.entries(simple).map(([name, f]) => [name, unary(() => f)])),
  leakyRelu: unary((call) => leakyRelu(numberOf(call, "slope"))),
  elu: unary((call) => elu(numberOf(call, "alpha"))),
  clip: unary((call) => clip(numberOf(call, "min"), numberOf(call, "max"))),
  add: binary(add),
  sub: binary(sub),
  mul: binary(mul),
  div: binary(div),
  pow: binary(pow),
  maximum: binary(larger),
  minimum: binary(smaller),
  equal: comparison((order) => order === 0),
  notEqual: comparison((order) => order !== 0),
  less: comparison((order) => order < 0),
  lessEqual: comparison((order) => order <= 0),
  greater: comparison((order) => order > 0),
  greaterEqual: comparison((order) => order >= 0),
};
