import * as t from "@tapeloop/core";
import type { Dtype, Shape, Tape, Tensor, TensorType } from "@tapeloop/core";
import { runBody } from "../../../src/control/body.js";
import { fromTypedArray } from "@tapeloop/core";

/** A source of small whole numbers from a seed (mulberry32), so that a failing program can be made again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 … n − 1. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % n;
  }

  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new Error("nothing to pick from");
    return chosen;
  }
}

type Step = (dice: Dice, pool: readonly Tensor[]) => readonly Tensor[];

const one =
  (fn: (x: Tensor, dice: Dice, pool: readonly Tensor[]) => Tensor): Step =>
  (dice, pool) => [fn(dice.pick(pool), dice, pool)];

/** Another tensor of the pool with which x can be combined element by element, without growing beyond 64 elements. */
function beside(x: Tensor, dice: Dice, pool: readonly Tensor[]): Tensor {
  const fits = (y: Tensor): boolean => {
    try {
      return t.sizeOf(t.broadcastShapes("test", x.shape, y.shape)) <= 64;
    } catch {
      return false;
    }
  };
  return dice.pick(pool.filter(fits));
}

const axisOf = (x: Tensor, dice: Dice): number => dice.below(x.rank);
const axesOf = (x: Tensor, dice: Dice): number[] =>
  x.shape.flatMap((_, i) => (dice.below(2) === 0 ? [i] : []));
const ranked = (pool: readonly Tensor[], rank = 1): readonly Tensor[] => {
  const found = pool.filter((x) => x.rank >= rank && x.size > 0);
  return found.length > 0
    ? found
    : pool.map((x) => t.reshape(x, [...new Array<number>(rank).fill(1), x.size]));
};

const withAxis =
  (fn: (x: Tensor, axis: number, dice: Dice, pool: readonly Tensor[]) => readonly Tensor[]): Step =>
  (dice, pool) => {
    const x = dice.pick(ranked(pool));
    return fn(x, axisOf(x, dice), dice, pool);
  };

/** Steps of straight-line programs. Values stay small: what could grow is squashed. */
const steps: readonly Step[] = [
  one((x) => t.tanh(x)),
  one((x) => t.sigmoid(x)),
  one((x) => t.relu(x)),
  one((x) => t.neg(t.neg(x))),
  one((x) => t.square(t.sin(x))),
  one((x) => t.exp(t.tanh(x))),
  one((x) => t.stopGradient(x)),
  one((x, dice) => t.add(dice.pick([0, -0, 1]), x)),
  one((x, dice) => t.sub(x, dice.pick([0, -0, 1]))),
  one((x, dice) => t.mul(x, dice.pick([0, 1, 2]))),
  one((x) => t.div(x, 1)),
  one((x) => t.add(x, t.zeros(x.shape, { dtype: x.dtype }))),
  one((x) => t.mul(t.ones(x.shape, { dtype: x.dtype }), x)),
  one((x) => t.add(x, t.mul(t.add(t.zeros(x.shape, { dtype: x.dtype }), 2), 3))),
  one((x, dice, pool) => t.add(x, beside(x, dice, pool))),
  one((x, dice, pool) => t.sub(x, beside(x, dice, pool))),
  one((x, dice, pool) => t.mul(t.tanh(x), beside(x, dice, pool))),
  one((x, dice, pool) => t.maximum(x, beside(x, dice, pool))),
  one((x, dice, pool) => {
    const y = beside(x, dice, pool);
    return t.where(t.greater(x, y), x, t.cos(y));
  }),
  one((x) => t.cast(t.cast(x, "float64"), x.dtype)),
  one((x) => t.reshape(x, [x.size])),
  one((x) => t.reshape(t.reshape(x, [1, x.size]), x.shape)),
  one((x) => t.permute(x)),
  one((x) => t.permute(t.permute(x))),
  one((x, dice) => t.flip(x, axesOf(x, dice))),
  one((x, dice) => t.sum(x, { axes: axesOf(x, dice), keepDims: dice.below(2) === 0 })),
  one((x, dice) => t.mean(x, { axes: axesOf(x, dice), keepDims: dice.below(2) === 0 })),
  one((x) => (x.size <= 32 ? t.broadcastTo(x, [2, ...x.shape]) : x)),
  one((x, dice) => t.sum(t.broadcastTo(x, [3, ...x.shape]), dice.pick([0, [0]]))),
  withAxis((x, axis) => [t.max(x, { axes: axis, keepDims: true })]),
  withAxis((x, axis) => [t.softmax(x, axis)]),
  withAxis((x, axis) => [t.logSoftmax(x, axis)]),
  withAxis((x, axis) => [t.logSumExp(x, axis)]),
  withAxis((x, axis) => [t.variance(x, axis)]),
  withAxis((x, axis) => [t.cumsum(t.tanh(x), axis)]),
  withAxis((x, axis) => t.unstack(t.tanh(x), axis).slice(0, 3)),
  withAxis((x, axis, dice) => [t.index(x, dice.below(x.shape[axis] ?? 1), axis)]),
  withAxis((x, axis) => [t.stack([x, t.tanh(x)], axis)].filter((y) => y.size <= 64)),
  withAxis((x, axis) => {
    const n = x.shape[axis] ?? 1;
    return t.split(t.add(x, 1), [n - 1, 1], axis).filter((y) => y.size > 0);
  }),
  withAxis((x, axis) => {
    const n = x.shape[axis] ?? 1;
    return [t.concat(t.split(x, [n - 1, 1], axis), axis)];
  }),
  withAxis((x, axis, dice) => [
    t.slice(x, {
      axis,
      start: dice.pick([null, 1, 2]),
      stop: dice.pick([null, -1, 3]),
      step: dice.pick([1, 2, -1]),
    }),
  ]),
  withAxis((x, axis) =>
    x.size > 32 ? [] : [t.slice(t.concat([x, t.neg(x)], axis), { axis, start: 1, stop: 3 })],
  ),
  withAxis((x, axis) => {
    const padded = t.pad(
      x,
      x.shape.map((_, i) => (i === axis ? [1, 1] : [0, 0])),
    );
    return padded.size > 64 ? [] : [padded, t.slice(padded, { axis, start: 1, stop: -1 })];
  }),
  (dice, pool) => {
    const x = dice.pick(ranked(pool, 2));
    const n = dice.below(3) + 1;
    const w = t.cos(t.add(t.zeros([x.shape.at(-1) ?? 1, n], { dtype: x.dtype }), dice.below(4)));
    const y = t.matmul(x, w);
    return [t.tanh(y), t.slice(y, { axis: -1, start: 0, stop: 1 })];
  },
  (dice, pool) => {
    const x = dice.pick(ranked(pool, 2));
    return x.size > 36 ? [] : [t.tanh(t.matmul(t.transpose(x), x))];
  },
  (dice, pool) => {
    const x = dice.pick(pool);
    return [t.checkpoint((y: Tensor) => t.tanh(t.mul(t.sin(y), y)))(x)];
  },
  (dice, pool) => {
    const x = dice.pick(pool);
    const double = t.customGradient((y: Tensor) => t.mul(2, t.tanh(y)), { vjp: (dy) => [t.mul(dy, 2)] });
    return [double(x)];
  },
];

/** A loop whose body is a random program: it carries two tensors, one of them a running sum, and captures others. */
function loop(dice: Dice, pool: readonly Tensor[], depth: number): readonly Tensor[] {
  const data = dice.pick(ranked(pool, 1));
  const h = dice.pick(pool.filter((x) => x.size <= 16));
  const captured = dice.pick(pool.filter((x) => x.size <= 16));
  const seed = dice.below(1e6);
  const start = t.zeros(h.shape, { dtype: h.dtype });
  const [state, ys] = t.scan(
    (carry: { h: Tensor; sum: Tensor }, x: Tensor) => {
      const own = new Dice(seed);
      const values = grow(own, [carry.h, x, captured, t.tanh(captured)], 4, depth - 1);
      const same = values.filter((v) => v.shape.join() === h.shape.join());
      const next = t.tanh(same.reduce((a, b) => t.add(a, b)));
      const y = values.at(-1) ?? x;
      return [
        { h: next, sum: t.add(carry.sum, same.at(-1) ?? next) },
        { y, z: t.mul(captured, 2) },
      ];
    },
    { h, sum: start },
    data,
    { reverse: dice.below(2) === 0 },
  );
  return [state.h, state.sum, ys.y, ys.z].filter((x) => x.size <= 128);
}

/** A recurrent cell with weights of its own: [h; x]·w + b and a gate, in rows or columns. */
function recurrence(dice: Dice, pool: readonly Tensor[]): readonly Tensor[] {
  const x = dice.pick(ranked(pool, 1));
  const { dtype } = x;
  const xs = t.reshape(x, [x.shape[0] ?? 1, 1, x.size / (x.shape[0] ?? 1)]);
  const n = xs.shape[2] ?? 1;
  const source = dice.pick(pool.filter((v) => v.size > 0));
  const w = t.sin(t.add(t.arange(0, (2 + n) * 2, 1, { dtype }).reshape([2 + n, 2]), t.mean(source)));
  const b = t.add(t.zeros([2], { dtype }), t.mean(source));
  const columns = dice.below(3) === 0;
  const [h, hs] = t.scan(
    (before: Tensor, row: Tensor) => {
      const joint = t.concat([before, row]);
      const product = columns
        ? t.transpose(t.matmul(t.transpose(w), t.transpose(joint)))
        : t.matmul(joint, w);
      const next = t.tanh(t.add(product, b));
      return [next, next];
    },
    t.zeros([1, 2], { dtype }),
    xs,
  );
  return [h, hs];
}

/** The pool after `count` random steps. */
function grow(dice: Dice, given: readonly Tensor[], count: number, depth: number): Tensor[] {
  const pool = [...given];
  for (let i = 0; i < count; i++) {
    const kind = dice.below(12);
    const usable = pool.filter((x) => x.rank <= 4 && x.size > 0);
    const step = dice.pick(steps);
    const made =
      depth > 0 && kind === 0
        ? loop(dice, usable, depth)
        : depth > 0 && kind === 1
          ? recurrence(dice, usable)
          : step(dice, usable);
    pool.push(...made.filter((x) => x.rank <= 5));
  }
  return pool;
}

/** What a random program is like. */
export interface ProgramOptions {
  readonly size?: number;
  readonly depth?: number;
  /** How often it is differentiated. */
  readonly grads?: number;
  readonly dtype?: Dtype;
}

/** A closed tape from a seed, differentiated `grads` times. */
export function randomTape(
  seed: number,
  { size = 8, depth = 2, grads = 0, dtype = "float64" }: ProgramOptions = {},
): Tape {
  const types: TensorType[] = [
    { shape: [3, 2], dtype },
    { shape: [2], dtype },
    { shape: [2, 1, 3], dtype },
    { shape: [], dtype },
  ];
  const values = (inputs: readonly Tensor[]): Tensor[] => grow(new Dice(seed), inputs, size, depth);
  const loss = (inputs: readonly Tensor[]): Tensor =>
    values(inputs)
      .slice(-4)
      .map((x) => t.sum(t.sin(x)))
      .reduce((a, b) => t.add(a, b));
  const differentiated = (
    fn: (x: readonly Tensor[]) => Tensor,
    order: number,
  ): ((x: readonly Tensor[]) => readonly Tensor[]) => {
    const gradient = t.grad((x: readonly Tensor[]) => fn(x));
    return order <= 1
      ? (x) => gradient(x)
      : differentiated(
          (x) =>
            gradient(x)
              .map((g) => t.sum(t.square(g)))
              .reduce((a, b) => t.add(a, b)),
          order - 1,
        );
  };
  const fn = grads === 0 ? (x: readonly Tensor[]) => values(x).slice(-5) : differentiated(loss, grads);
  return t.trace(fn, types);
}

/** Values for a tape's inputs: irregular ones, and what its captures stand for. */
export function inputsFor(tape: Tape): Tensor[] {
  const captured = new Map([...tape.captures].map(([outer, inner]) => [inner, outer]));
  return tape.inputs.map((input, k) => captured.get(input) ?? irregular(input, k));
}

function irregular({ shape, dtype }: { shape: Shape; dtype: Dtype }, seed: number): Tensor {
  const size = t.sizeOf(shape);
  const at = (i: number): number => Math.sin(12.9898 * (i + 1) + 78.233 * (seed + 1));
  switch (dtype) {
    case "float64":
      return fromTypedArray(
        Float64Array.from({ length: size }, (_, i) => at(i)),
        shape,
      );
    case "float32":
      return fromTypedArray(
        Float32Array.from({ length: size }, (_, i) => at(i)),
        shape,
      );
    case "int32":
      return fromTypedArray(
        Int32Array.from({ length: size }, (_, i) => i % 2),
        shape,
      );
    case "bool":
      return fromTypedArray(
        Uint8Array.from({ length: size }, (_, i) => i % 2),
        shape,
      );
  }
}

/** The largest difference between what two tapes compute, relative to the largest number; NaNs in the same places are equal. */
export function difference(before: Tape, after: Tape, inputs = inputsFor(before)): number {
  const [expected, got] = [runBody(before, inputs), runBody(after, inputs)];
  let worst = expected.length === got.length ? 0 : Infinity;
  expected.forEach((a, i) => {
    const b = got[i];
    if (b?.dtype !== a.dtype || b.shape.join() !== a.shape.join()) worst = Infinity;
    const numbers = Array.from(a.data);
    const scale = numbers.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1);
    numbers.forEach((v, k) => {
      const w = b?.data[k] ?? NaN;
      if (Object.is(v, w) || v === w) return;
      const error = Math.abs(v - w) / scale;
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    });
  });
  return worst;
}

/** Whether two tapes compute the same numbers to the last bit. */
export function sameBits(before: Tape, after: Tape, inputs = inputsFor(before)): boolean {
  const [expected, got] = [runBody(before, inputs), runBody(after, inputs)];
  return expected.every((a, i) => {
    const b = got[i];
    return b?.shape.join() === a.shape.join() && a.data.every((v, k) => Object.is(v, b.data[k]));
  });
}

/** Number of nodes, those in the bodies of loops included. */
export function nodeCount(tape: Tape): number {
  return nodesOf(tape).length;
}

/** All nodes, those of bodies after the node that holds them. */
export function nodesOf(tape: Tape): Tape["nodes"] {
  return tape.nodes.flatMap((node) => {
    const bodies = Object.values(node.attrs).filter(t.isTape);
    return [node, ...bodies.flatMap(nodesOf)];
  });
}

/** The operations of a tape in order. */
export function ops(tape: Tape): string[] {
  return tape.nodes.map((node) => node.op.name);
}

/** Throws unless the tape is closed and in order: each value is made once, before it is read. */
export function checkClosed(tape: Tape, seen = new Set<Tensor>()): void {
  const known = new Set<Tensor>();
  const add = (x: Tensor): void => {
    if (known.has(x)) throw new Error(`a value is made twice: ${t.describe(x)}`);
    if (seen.has(x)) throw new Error(`a value is made in two bodies: ${t.describe(x)}`);
    known.add(x);
    seen.add(x);
  };
  tape.inputs.forEach(add);
  for (const node of tape.nodes) {
    for (const x of node.inputs) {
      if (x.isAbstract && !known.has(x)) throw new Error(`${node.op.name} reads an unknown ${t.describe(x)}`);
      if (!x.isAbstract && x.rank > 0) throw new Error(`${node.op.name} reads a constant ${t.describe(x)}`);
    }
    const types = node.op.infer(node.inputs, node.attrs);
    node.outputs.forEach((x, i) => {
      add(x);
      const type = types[i];
      if (type?.dtype !== x.dtype || type.shape.join() !== x.shape.join())
        throw new Error(`${node.op.name} makes ${type ? t.describe(type) : "nothing"}, not ${t.describe(x)}`);
    });
    for (const body of Object.values(node.attrs).filter(t.isTape)) checkClosed(body, seen);
  }
  for (const x of tape.outputs) if (x.isAbstract && !known.has(x)) throw new Error("an output is not made");
}
