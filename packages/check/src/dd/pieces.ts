import { compare, lo } from "./arithmetic.js";
import { numberOf, numbersOf } from "./attributes.js";
import { floor } from "./kernels-elementwise.js";
import { placesOf, winners } from "./kernels-reduce.js";
import { operand, stretch, typeOf, upper, type DDCall, type DDTensor, type DDValue } from "./tensor.js";

/**
 * Which smooth piece each element is on, counted as in an operation's record: even numbers are pieces, odd ones the
 * boundaries between them.
 */
type Pieces = (inputs: readonly DDValue[], call: DDCall) => ArrayLike<number>;

/** From −1, 0, 1 or NaN, for below, at and above a boundary: 0, 1, 2, or 4. */
function side(order: number): number {
  return Number.isNaN(order) ? 4 : Math.sign(order) + 1;
}

function each(piece: (h: number, l: number, call: DDCall) => number): Pieces {
  return (inputs, call) => {
    const { hi, lo: low } = operand(inputs, 0, call);
    // + 0 makes 0 of −0.
    return Float64Array.from(hi, (h, i) => piece(h, low[i] ?? 0, call) + 0);
  };
}

const aroundZero = each((h) => side(h));

const aroundBounds = each(
  (h, l, call) =>
    side(compare(h, l, numberOf(call, "min"), 0)) + side(compare(h, l, numberOf(call, "max"), 0)),
);

/** A staircase that rises at every whole number. */
const betweenWholes = each(step);
const betweenHalves = each((h, l) => step(h + 0.5, l));

function step(h: number, l: number): number {
  const whole = floor(h, l);
  return whole === h && lo() === l ? 2 * whole - 1 : 2 * whole;
}

/** Conversion to whole numbers truncates towards zero; to bool it asks for what is not zero. */
const casting: Pieces = (inputs, call) => {
  const { dtype } = typeOf(call);
  if (dtype === "int32") return betweenTruncations(inputs, call);
  return dtype === "bool" ? aroundZero(inputs, call) : [];
};

const betweenTruncations = each((h, l) =>
  Math.abs(h) < 1 ? 0 : Math.sign(h) * step(Math.abs(h), h < 0 ? -l : l),
);

const whichIsLarger: Pieces = (inputs, call) => {
  const { shape } = typeOf(call);
  const a = stretch(operand(inputs, 0, call), shape);
  const b = stretch(operand(inputs, 1, call), shape);
  return Float64Array.from(a.hi, (_, i) => side(order(a, i, b, i)));
};

function order(a: DDTensor, i: number, b: DDTensor, j: number): number {
  return compare(a.hi[i] ?? 0, a.lo[i] ?? 0, b.hi[j] ?? 0, b.lo[j] ?? 0);
}

/** Which element wins, and whether another is as large. */
function whichWins(sign: 1 | -1): Pieces {
  return (inputs, call) => {
    const x = operand(inputs, 0, call);
    const axes = numbersOf(call, "axes");
    const best = winners(x, axes, sign);
    const pieces = Float64Array.from(best, (i) => 2 * i);
    placesOf(x.shape, axes).forEach((k, i) => {
      const held = best[k] ?? i;
      if (held !== i && order(x, i, x, held) === 0) pieces[k] = 2 * held + 1;
    });
    return pieces;
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

/** The pieces of one run of an operation; those of other operations than the library's as their records say. */
export function piecesOf(inputs: readonly DDValue[], call: DDCall): ArrayLike<number> {
  const { op, attrs } = call;
  const own = pieces[op.name];
  if (own !== undefined) return own(inputs, call);
  return op.pieces?.(inputs.map(upper), attrs) ?? [];
}
