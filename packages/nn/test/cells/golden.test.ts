import { describe, expect, test } from "vitest";
import {
  add,
  affine,
  concat,
  customGradient,
  matmul,
  mul,
  relu,
  sigmoid,
  stopGradient,
  sub,
  tanh,
  transpose,
  type Tensor,
} from "@tapeloop/core";
import {
  gru,
  lstm,
  rnn,
  rnnCell,
  type Cell,
  type HiddenState,
  type LstmParams,
  type LstmState,
  type RnnParams,
} from "@tapeloop/nn";
import { fixture, type RecurrentCase } from "../../../../test/fixtures/index.js";
import { goldenOf, gruPort, lstmPort, resultOf, rnnPort, type Golden } from "./pytorch.js";
import { difference, expectClose } from "./support.js";

const TOLERANCE = 1e-10;
const ways = [
  { mode: "scan", layout: "rows" },
  { mode: "scan", layout: "columns" },
  { mode: "loop", layout: "rows" },
  { mode: "loop", layout: "columns" },
] as const;

const models = {
  "rnn-tanh": (c: RecurrentCase, way: (typeof ways)[number]): Golden => resultOf(rnnPort(), c, way),
  "rnn-relu": (c: RecurrentCase, way: (typeof ways)[number]) =>
    resultOf(rnnPort(rnnCell({ activation: relu })), c, way),
  lstm: (c: RecurrentCase, way: (typeof ways)[number]) => resultOf(lstmPort(), c, way),
  gru: (c: RecurrentCase, way: (typeof ways)[number]) => resultOf(gruPort(), c, way),
};

describe.each(["rnn-tanh", "rnn-relu", "lstm", "gru"] as const)(
  "%s has the values and all gradients of PyTorch",
  (name) => {
    describe.each(fixture(name).cases.map((c) => [c.name, c] as const))("%s", (_name, golden) => {
      test.each(ways)("in mode $mode with $layout", (way) => {
        expectClose(models[name](golden, way), goldenOf(golden), TOLERANCE);
      });
    });
  },
);

test("the LSTM fixtures include two layers in both directions, one step and twenty-four", () => {
  const sizes = fixture("lstm").cases.map((c) => c.sizes);
  expect(sizes.some(({ layers, directions }) => layers === 2 && directions === 2)).toBe(true);
  expect(sizes.map(({ T }) => T)).toEqual(expect.arrayContaining([1, 24]));
});

describe("a cell with a wrong derivative does not agree with PyTorch", () => {
  /** h·wh whose rule treats h as a constant: the recurrent term of dL/dh is dropped. */
  const withoutRecurrence = customGradient((h: Tensor, wh: Tensor) => matmul(h, wh), {
    vjp: (dz, [h]) => [mul(h, 0), matmul(transpose(h), dz)],
  });
  /** h·wh whose rule forgets the transpose. */
  const withoutTranspose = customGradient((h: Tensor, wh: Tensor) => matmul(h, wh), {
    vjp: (dz, [h, wh]) => [matmul(dz, wh), matmul(transpose(h), dz)],
  });
  /** tanh with twice its slope. */
  const doubled = customGradient((z: Tensor) => tanh(z), {
    vjp: (dh, _z, h) => [mul(dh, mul(2, sub(1, mul(h, h))))],
  });
  const planted = (step: (p: RnnParams, h: Tensor, x: Tensor) => Tensor): Cell<RnnParams, HiddenState> => ({
    ...rnn,
    step(params, { h }, x) {
      const next = step(params, h, x);
      return { state: { h: next }, output: next };
    },
  });
  const [golden] = fixture("rnn-tanh").cases;

  test.each([
    [
      "the recurrent term dropped",
      planted(({ wx, wh, b }, h, x) => tanh(add(affine(x, wx, b), withoutRecurrence(h, wh)))),
    ],
    [
      "wh without its transpose",
      planted(({ wx, wh, b }, h, x) => tanh(add(affine(x, wx, b), withoutTranspose(h, wh)))),
    ],
    ["a factor of 2", planted(({ wx, wh, b }, h, x) => doubled(add(affine(x, wx, b), matmul(h, wh))))],
    [
      "the data cut off",
      planted(({ wx, wh, b }, h, x) => tanh(add(affine(stopGradient(x), wx, b), matmul(h, wh)))),
    ],
  ])("RNN: %s", (_name, cell) => {
    for (const way of ways) {
      const { outputs, finalState, gradients } = resultOf(rnnPort(cell), golden!, way);
      const right = goldenOf(golden!);
      expectClose(
        { outputs, finalState },
        { outputs: right.outputs, finalState: right.finalState },
        TOLERANCE,
      );
      expect(difference(gradients, right.gradients)).toBeGreaterThan(1e6 * TOLERANCE);
    }
  });

  /** An LSTM in which one gate sees h, but sends nothing back to it. */
  const withoutPath = (cut: "f" | "i" | "c" | "o"): Cell<LstmParams, LstmState> => ({
    ...lstm,
    step(p, { h, c }, x) {
      const hx = (gate: string): Tensor => concat([gate === cut ? stopGradient(h) : h, x]);
      const f = sigmoid(affine(hx("f"), p.wf, p.bf));
      const i = sigmoid(affine(hx("i"), p.wi, p.bi));
      const candidate = tanh(affine(hx("c"), p.wc, p.bc));
      const o = sigmoid(affine(hx("o"), p.wo, p.bo));
      const memory = add(mul(f, c), mul(i, candidate));
      const next = mul(o, tanh(memory));
      return { state: { h: next, c: memory }, output: next };
    },
  });

  test.each(["f", "i", "c", "o"] as const)("LSTM: the path through gate %s cut", (gate) => {
    const [lstmGolden] = fixture("lstm").cases;
    for (const way of ways) {
      const { outputs, gradients } = resultOf(lstmPort(withoutPath(gate)), lstmGolden!, way);
      const right = goldenOf(lstmGolden!);
      expectClose(outputs, right.outputs, TOLERANCE);
      expect(difference(gradients, right.gradients)).toBeGreaterThan(1e6 * TOLERANCE);
    }
  });

  test("GRU: the reset gate on h in place of the product", () => {
    const other: typeof gru = {
      ...gru,
      step({ wr, br, wz, bz, wxn, bxn, whn, bhn }, { h }, x) {
        const hx = concat([h, x]);
        const r = sigmoid(affine(hx, wr, br));
        const z = sigmoid(affine(hx, wz, bz));
        const n = tanh(add(affine(x, wxn, bxn), affine(mul(r, h), whn, bhn)));
        const next = add(mul(sub(1, z), n), mul(z, h));
        return { state: { h: next }, output: next };
      },
    };
    const [gruGolden] = fixture("gru").cases;
    expect(difference(resultOf(gruPort(other), gruGolden!), goldenOf(gruGolden!))).toBeGreaterThan(1e-4);
  });
});
