import type { Tensor } from "../tensor/tensor.js";
import { isFloat } from "../tensor/dtype.js";
import { eachRun, rowMajor } from "../tensor/layout.js";
import { broadcastShapes, sizeOf } from "../tensor/shape.js";
import { stretch } from "./loops.js";

/*
 * Where operations that are smooth in pieces have their boundaries; see `pieces` of an operation's record. Whole
 * numbers and bools do not move with a float input, so they have no pieces.
 */

type One = readonly [Tensor];
type Pair = readonly [Tensor, Tensor];

const NONE = new Int32Array(0);

/** 0 below, 1 at and 2 above zero. NaN is on a piece of its own. */
function side(x: number): number {
  return x < 0 ? 0 : x > 0 ? 2 : x === 0 ? 1 : 4;
}

/** Pieces of a function of each element. */
function unaryPieces(piece: (x: number) => number) {
  return ([x]: One): ArrayLike<number> => {
    if (!isFloat(x.dtype)) return NONE;
    const out = new Float64Array(x.size);
    const { buffer } = x.storage;
    eachRun(x.shape, [rowMajor(x.shape), x.storage], (n, [to = 0, from = 0], [, step = 0]) => {
      // + 0 makes 0 of −0: pieces are compared bit by bit.
      for (let i = 0; i < n; i++) out[to + i] = piece(buffer[from + i * step] ?? 0) + 0;
    });
    return out;
  };
}

/** Below, at and above zero. */
export const aroundZero = unaryPieces(side);

/** The steps of a staircase that rises at every whole number. */
export const betweenWholes = unaryPieces((x) => (Number.isInteger(x) ? 2 * x - 1 : 2 * Math.floor(x)));

/** The steps of a staircase that rises at every half. */
export const betweenHalves = unaryPieces((x) =>
  Number.isInteger(x - 0.5) ? 2 * (x - 0.5) + 1 : 2 * Math.round(x),
);

/** The steps of truncation towards zero, where −1 … 1 is one step. */
export const betweenTruncations = unaryPieces((x) => {
  const whole = Math.trunc(x);
  return 2 * whole - (whole === x ? Math.sign(x) : 0);
});

/** Below, at, between, at and above two bounds. */
export function aroundBounds([x]: One, { min, max }: { readonly min: number; readonly max: number }) {
  return unaryPieces((v) => side(v - min) + side(v - max))([x]);
}

/** a below, equal to and above b. */
export function whichIsLarger([a, b]: Pair): ArrayLike<number> {
  if (!isFloat(a.dtype)) return NONE;
  const shape = broadcastShapes("pieces", a.shape, b.shape);
  const out = new Float64Array(sizeOf(shape));
  const [x, y] = [a.storage.buffer, b.storage.buffer];
  const operands = [rowMajor(shape), stretch(a, shape), stretch(b, shape)];
  eachRun(shape, operands, (n, [to = 0, i = 0, j = 0], [, di = 0, dj = 0]) => {
    for (let k = 0; k < n; k++) {
      const [v, w] = [x[i + k * di] ?? 0, y[j + k * dj] ?? 0];
      out[to + k] = v === w ? 1 : side(v - w);
    }
  });
  return out;
}
