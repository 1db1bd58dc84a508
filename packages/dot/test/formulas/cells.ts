import {
  add,
  concat,
  div,
  exp,
  greater,
  label,
  matmul,
  maximum,
  mean,
  mul,
  neg,
  record,
  scan,
  scope,
  sigmoid,
  slice,
  square,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  valueAndGrad,
  where,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import * as fc from "fast-check";

/** An operation of a random cell: which one, on which of the values so far, and whether it has a name and a scope. */
export interface Step {
  readonly op: number;
  readonly operands: readonly [number, number];
  readonly name: "" | "label" | "scope";
}

/** A random cell and loss: its shape is shrunk, its numbers follow from the seed. */
export interface Cell {
  readonly batch: number;
  readonly size: number;
  readonly length: number;
  readonly isLoop: boolean;
  readonly steps: readonly Step[];
  readonly seed: number;
}

export const cells: fc.Arbitrary<Cell> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  size: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 1, max: 3 }),
  isLoop: fc.boolean(),
  steps: fc.array(
    fc.record({
      op: fc.nat(100),
      operands: fc.tuple(fc.nat(100), fc.nat(100)),
      name: fc.constantFrom("", "label", "scope"),
    }),
    { minLength: 1, maxLength: 9 },
  ),
  seed: fc.noShrink(fc.nat(1_000_000)),
});

type Params = { readonly w: Tensor; readonly v: Tensor; readonly b: Tensor; readonly p: Tensor };
type Make = (a: Tensor, b: Tensor, params: Params) => Tensor;

/** What a step may do: from two values [batch, size] to another. */
const makers: readonly Make[] = [
  (a, b) => add(a, b),
  (a, b) => sub(a, b),
  (a, b) => mul(a, b),
  (a, b) => div(a, add(1.5, square(b))),
  (a) => neg(a),
  (a) => square(a),
  (a) => exp(mul(-0.5, a)),
  (a) => tanh(a),
  (a) => sigmoid(a),
  (a, _b, { w, b }) => add(matmul(a, w), b),
  (a, _b, { w }) => transpose(matmul(w, transpose(a))),
  (a, _b, { w }) => matmul(a, transpose(w)),
  (a, b, { v }) => matmul(concat([a, b]), v),
  (a, b) => slice(concat([a, b]), { axis: 1, start: 1, stop: 1 + (a.shape[1] ?? 1) }),
  (a, b) => where(greater(a, b), mul(a, 2), tanh(b)),
  (a, b) => maximum(a, b),
  (a, b) => mul(a, sum(b, { axes: 1, keepDims: true })),
  (a, b) => sub(a, mean(b, { axes: 0 })),
  (a, b) => add(a, transpose(mul(transpose(b), mean(b, { axes: 1 })))),
  (a, _b, { p }) => mul(p, a),
  (a, b) => mul(a, sub(1, b)),
  (a, b) => mul(a, sum(b)),
  (a, b) => div(a, sub(-3, sigmoid(b))),
  (a) => mul(a, tensor(1, { dtype: "float64" })),
  (a, b) => add(mul(a, b), mul(sub(1, a), b)),
];

/** The tape of a cell's loss and gradient. */
export function recordCell({ batch, size, length, isLoop, steps, seed }: Cell): Tape {
  const random = numbers(seed);
  const draw = (name: string, ...shape: number[]): Tensor => {
    const n = shape.reduce((product, k) => product * k, 1);
    const data = Float64Array.from({ length: n }, random);
    return label(tensor(data, { shape, dtype: "float64" }), name);
  };
  const params: Params = {
    w: draw("w", size, size),
    v: draw("v", 2 * size, size),
    b: draw("b", size),
    p: draw("p", size),
  };
  const cell = (own: Params, h: Tensor, x: Tensor): Tensor => {
    const values = [h, x];
    steps.forEach(({ op, operands: [i, j], name }, at) => {
      const [a, b] = [values[values.length - 1 - (i % values.length)], values[j % values.length]];
      const make = makers[op % makers.length];
      if (a === undefined || b === undefined || make === undefined) return;
      const value = name === "scope" ? scope(`s${at}`, () => make(a, b, own)) : make(a, b, own);
      values.push(name === "label" ? label(value, `v${at}`) : value);
    });
    return values.at(-1) ?? h;
  };
  const loss = (own: Params, h: Tensor, xs: Tensor): Tensor => {
    if (!isLoop) return sum(square(cell(own, h, index0(xs))));
    const [last, all] = scan(
      (state: { h: Tensor }, x: Tensor) => {
        const next = cell(own, state.h, x);
        return [{ h: next }, next];
      },
      { h },
      xs,
    );
    return seed % 2 === 0 ? sum(square(last.h)) : add(sum(square(last.h)), sum(tanh(all)));
  };
  const argnums = seed % 3 === 0 ? [0, 1, 2] : [0];
  return record(
    valueAndGrad(loss, { argnums }),
    params,
    draw("h₀", batch, size),
    draw("xs", length, batch, size),
  ).tape;
}

function index0(xs: Tensor): Tensor {
  return sum(xs, { axes: 0 });
}

/** Numbers between −1.2 and 1.2 (Park and Miller's generator). */
function numbers(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 2.4 - 1.2;
  };
}
