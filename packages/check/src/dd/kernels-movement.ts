import { DtypeError, fromTypedArray, type Tensor } from "@tapeloop/core";
import { add, lo } from "./arithmetic.js";
import { flagOf, numberOf } from "./attributes.js";
import { floor } from "./kernels-elementwise.js";
import {
  allocateDD,
  lower,
  operand,
  plainOperand,
  store,
  toDD,
  typeOf,
  upper,
  type DDKernel,
  type DDTensor,
  type DDValue,
} from "./tensor.js";

/*
 * Operations that move elements copy the halves apart, with the operation's own kernel. Those that also add are
 * written out.
 */

const move: DDKernel = (inputs, { op, attrs, types }) =>
  joined(op.forward(inputs.map(upper), attrs, types), op.forward(inputs.map(lower), attrs, types));

function joined(his: readonly Tensor[], los: readonly Tensor[]): DDValue[] {
  return his.map((t, i) => {
    const [hi, low] = [t.data, los[i]?.data];
    return hi instanceof Float64Array && low instanceof Float64Array ? { shape: t.shape, hi, lo: low } : t;
  });
}

/** What fills the margin is in the upper half. */
const pad: DDKernel = (inputs, { op, attrs, types }) =>
  joined(
    op.forward(inputs.map(upper), attrs, types),
    op.forward(inputs.map(lower), { ...attrs, value: 0 }, types),
  );

/** A question that the upper half alone answers. */
const askUpper: DDKernel = (inputs, { op, attrs, types }) =>
  op.forward(inputs.map(upper), attrs, types).map(toDD);

function addTo(out: DDTensor, k: number, x: DDTensor, i: number): void {
  store(out, k, add(out.hi[k] ?? 0, out.lo[k] ?? 0, x.hi[i] ?? 0, x.lo[i] ?? 0));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

const takeGrad: DDKernel = (inputs, call) => {
  const [dy, indices] = [operand(inputs, 0, call), plainOperand(inputs, 1, call).data];
  const { shape } = typeOf(call);
  const axis = numberOf(call, "axis");
  const out = allocateDD(shape);
  const size = shape[axis] ?? 0;
  const outer = product(shape.slice(0, axis));
  const inner = product(shape.slice(axis + 1));
  for (let o = 0, from = 0; o < outer; o++) {
    for (const index of indices) {
      for (let k = 0; k < inner; k++, from++) addTo(out, (o * size + index) * inner + k, dy, from);
    }
  }
  return [out];
};

const scatterAdd: DDKernel = (inputs, call) => {
  const [x, updates] = [operand(inputs, 0, call), operand(inputs, 2, call)];
  const indices = plainOperand(inputs, 1, call);
  const axis = numberOf(call, "axis");
  const out = { shape: x.shape, hi: x.hi.slice(), lo: x.lo.slice() };
  const inner = product(x.shape.slice(axis + 1));
  const count = indices.shape[axis] ?? 0;
  const size = x.shape[axis] ?? 0;
  indices.data.forEach((index, i) => {
    const o = Math.floor(i / (count * inner));
    addTo(out, (o * size + index) * inner + (i % inner), updates, i);
  });
  return [out];
};

/** Window w of the axis, element j: added to element w·step + j. */
const overlapAdd: DDKernel = (inputs, call) => {
  const y = operand(inputs, 0, call);
  const { shape } = typeOf(call);
  const [axis, step] = [numberOf(call, "axis"), numberOf(call, "step")];
  const out = allocateDD(shape);
  const n = shape[axis] ?? 0;
  const inner = product(shape.slice(axis + 1));
  const size = y.shape.at(-1) ?? 1;
  const windows = y.shape[axis] ?? 0;
  for (let from = 0; from < y.hi.length; from++) {
    const j = from % size;
    const k = Math.floor(from / size) % inner;
    const w = Math.floor(from / (size * inner)) % windows;
    const o = Math.floor(from / (size * inner * windows));
    addTo(out, (o * n + w * step + j) * inner + k, y, from);
  }
  return [out];
};

const cumsum: DDKernel = (inputs, call) => {
  const x = operand(inputs, 0, call);
  const axis = numberOf(call, "axis");
  const [reverse, exclusive] = [flagOf(call, "reverse"), flagOf(call, "exclusive")];
  const out = allocateDD(x.shape);
  const n = x.shape[axis] ?? 0;
  const inner = product(x.shape.slice(axis + 1));
  for (let line = 0; line < (n === 0 ? 0 : x.hi.length / n); line++) {
    const k = line % inner;
    const start = (line - k) * n + k;
    let [h, l] = [0, 0];
    for (let i = 0; i < n; i++) {
      const at = start + (reverse ? n - 1 - i : i) * inner;
      const next = add(h, l, x.hi[at] ?? 0, x.lo[at] ?? 0);
      const nextLo = lo();
      out.hi[at] = exclusive ? h : next;
      out.lo[at] = exclusive ? l : nextLo;
      h = next;
      l = nextLo;
    }
  }
  return [out];
};

const cast: DDKernel = (inputs, call) => {
  const x = operand(inputs, 0, call);
  const { dtype, shape } = typeOf(call);
  switch (dtype) {
    case "float64":
      return [x];
    case "float32":
      return [fromTypedArray(Float32Array.from(x.hi), shape)];
    case "bool":
      return [
        fromTypedArray(
          Uint8Array.from(x.hi, (h) => Number(h !== 0)),
          shape,
        ),
      ];
    case "int32":
      return [
        fromTypedArray(
          Int32Array.from(x.hi, (h, i) => truncated(h, x.lo[i] ?? 0)),
          shape,
        ),
      ];
    default:
      throw new DtypeError(`cast: got dtype ${String(dtype)}`);
  }
};

/** Towards zero: 2 − 1e-20 is 1, though its upper half is 2. */
function truncated(h: number, l: number): number {
  const whole = floor(Math.abs(h), h < 0 ? -l : l);
  return h < 0 ? -whole : whole;
}

const MOVES = [
  ...["identity", "stopGradient", "permute", "reshape", "broadcastTo", "slice", "sliceGrad", "index", "flip"],
  ...["concat", "stack", "split", "unstack", "slidingWindows", "gather", "take", "where"],
];

/** Movement by name. */
export const movement: Record<string, DDKernel> = {
  ...Object.fromEntries(MOVES.map((name) => [name, move])),
  ...{ pad, takeGrad, scatterAdd, overlapAdd, cumsum, cast },
  isNaN: askUpper,
  isFinite: askUpper,
};
