import type { Signature } from "./signature.js";
import { compare, lo } from "./arithmetic.js";
import { numberOf, numbersOf } from "./attributes.js";
import { floor } from "./kernels-elementwise.js";
import { placesOf, winners } from "./kernels-reduce.js";
import {
  operand,
  stretch,
  typeOf,
  type DDCall,
  type DDKernel,
  type DDTensor,
  type DDValue,
} from "./tensor.js";

/** Tells a signature which smooth pieces of an operation the elements are on, and how many are on a boundary. */
type Pieces = (inputs: readonly DDValue[], call: DDCall, signature: Signature) => void;

/** −1, 0, 1 or NaN: below, at, above a boundary. */
function note(signature: Signature, order: number): void {
  if (order === 0) signature.tie();
  signature.add(order === order ? order + 1 : 4);
}

function each(f: (h: number, l: number, call: DDCall, signature: Signature) => void): Pieces {
  return (inputs, call, signature) => {
    const { hi, lo: low } = operand(inputs, 0, call);
    for (let i = 0; i < hi.length; i++) f(hi[i] ?? 0, low[i] ?? 0, call, signature);
  };
}

const aroundZero = each((h, _l, _call, signature) => note(signature, Math.sign(h)));

const aroundBounds = each((h, l, call, signature) => {
  note(signature, compare(h, l, numberOf(call, "min"), 0));
  note(signature, compare(h, l, numberOf(call, "max"), 0));
});

/** A staircase that rises at every whole number. */
const betweenWholes = each((h, l, _call, signature) => step(h, l, signature));
const betweenHalves = each((h, l, _call, signature) => step(h + 0.5, l, signature));

function step(h: number, l: number, signature: Signature): void {
  const whole = floor(h, l);
  if (whole === h && lo() === l) signature.tie();
  signature.add(whole);
}

/** Conversion to whole numbers truncates towards zero; to bool it asks for what is not zero. */
const casting: Pieces = (inputs, call, signature) => {
  const { dtype } = typeOf(call);
  if (dtype === "int32") betweenTruncations(inputs, call, signature);
  if (dtype === "bool") aroundZero(inputs, call, signature);
};

const betweenTruncations = each((h, l, _call, signature) => {
  if (Math.abs(h) >= 1) step(Math.abs(h), h < 0 ? -l : l, signature);
  signature.add(Math.abs(h) < 1 ? 0 : Math.sign(h));
});

const whichIsLarger: Pieces = (inputs, call, signature) => {
  const { shape } = typeOf(call);
  const a = stretch(operand(inputs, 0, call), shape);
  const b = stretch(operand(inputs, 1, call), shape);
  for (let i = 0; i < a.hi.length; i++) note(signature, order(a, i, b, i));
};

function order(a: DDTensor, i: number, b: DDTensor, j: number): number {
  return compare(a.hi[i] ?? 0, a.lo[i] ?? 0, b.hi[j] ?? 0, b.lo[j] ?? 0);
}

/** Which element wins, and whether another is as large. */
function whichWins(sign: 1 | -1): Pieces {
  return (inputs, call, signature) => {
    const x = operand(inputs, 0, call);
    const axes = numbersOf(call, "axes");
    const best = winners(x, axes, sign);
    best.forEach((i) => signature.add(i));
    placesOf(x.shape, axes).forEach((k, i) => {
      const held = best[k] ?? i;
      if (held !== i && order(x, i, x, held) === 0) signature.tie();
    });
  };
}

/** Operations that are smooth in pieces, by name. */
const pieces: Readonly<Record<string, Pieces>> = {
  ...named(aroundZero, ["relu", "leakyRelu", "elu", "softsign", "abs", "sign"]),
  ...named(whichIsLarger, ["maximum", "minimum", "equal", "notEqual"]),
  ...named(whichIsLarger, ["less", "lessEqual", "greater", "greaterEqual"]),
  ...named(whichWins(1), ["max", "argmax"]),
  ...named(whichWins(-1), ["min", "argmin"]),
  ...named(betweenWholes, ["floor", "ceil"]),
  round: betweenHalves,
  clip: aroundBounds,
  cast: casting,
};

function named(p: Pieces, names: readonly string[]): Record<string, Pieces> {
  return Object.fromEntries(names.map((name) => [name, p]));
}

/** The kernel, which also tells the signature its pieces. */
export function noticing(name: string, kernel: DDKernel, signature: Signature | undefined): DDKernel {
  const own = pieces[name];
  if (own === undefined || signature === undefined) return kernel;
  return (inputs, call) => {
    own(inputs, call, signature);
    return kernel(inputs, call);
  };
}
