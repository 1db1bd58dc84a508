import { describe, expect, test } from "vitest";
import * as bptt from "@tapeloop/check/bptt";
import {
  add,
  grad,
  index,
  relu,
  sigmoid,
  softplus,
  stack,
  stopGradient,
  tanh,
  type Tensor,
} from "@tapeloop/core";
import {
  createSequences,
  oneToMany,
  rnnCell,
  unroll,
  type Cell,
  type HiddenState,
  type RnnParams,
} from "@tapeloop/nn";
import {
  bias,
  difference,
  expectSame,
  lastOnly,
  lossOf,
  matrices,
  nothing,
  overTime,
  targets,
  tensorOf,
  tensorsOf,
  turned,
} from "./support.js";

type Sizes = Readonly<Record<"T" | "input" | "hidden" | "output" | "batch", number>>;
type Weights = Readonly<Record<"Wxh" | "Whh" | "bh" | "Why" | "by", Tensor>>;

const small: Sizes = { T: 4, input: 2, hidden: 3, output: 2, batch: 5 };
const activations = [
  ["tanh", tanh, bptt.tanh],
  ["sigmoid", sigmoid, bptt.sigmoid],
  ["relu", relu, bptt.relu],
  ["softplus", softplus, bptt.softplus],
  ["the identity", (z: Tensor) => z, bptt.identity],
] as const;

function example({ T, input, hidden, output, batch }: Sizes) {
  const draw = matrices(7);
  const params = {
    Wxh: draw(hidden, input),
    Whh: draw(hidden, hidden),
    bh: draw(hidden, 1),
    Why: draw(output, hidden),
    by: draw(output, 1),
  };
  const xs = Array.from({ length: T }, () => draw(input, batch));
  return { params, xs, h0: draw(hidden, batch), objectives: targets(T, draw, output, batch) };
}

/** The tanh RNN. */
const plain = rnnCell();

/** The weights of the formulas, W · x, as our cell reads them, x · W. */
function rowsOf({ Wxh, Whh, bh }: Weights): RnnParams {
  return { wx: turned(Wxh), wh: turned(Whh), b: bias(bh) };
}

/** Gradients from the tape, of the column matrices themselves. */
function fromTape(
  cell: Cell<RnnParams, HiddenState>,
  { params, xs, h0 }: Pick<ReturnType<typeof example>, "params" | "xs" | "h0">,
  objectives: readonly (bptt.Objective | undefined)[],
  mode: "scan" | "loop",
) {
  const loss = (w: Weights, x: Tensor, h: Tensor): Tensor => {
    const { outputs } = unroll(cell, rowsOf(w), x, { state: { h }, layout: "columns", mode });
    return lossOf(w.Why, w.by, outputs, objectives);
  };
  const gradient = grad(loss, { argnums: [0, 1, 2] });
  const [dw, dx, dh] = gradient(tensorsOf(params), overTime(xs), tensorOf(h0));
  return { params: dw, xs: dx, h0: dh };
}

function byHand({ gradients: { params, xs, h0 } }: bptt.RnnResult) {
  return { params: tensorsOf(params), xs: overTime(xs), h0: tensorOf(h0) };
}

describe.each(activations)(
  "the tape finds the gradients derived by hand, with %s",
  (_name, activation, derived) => {
    const cell = rnnCell({ activation });

    test.each(["scan", "loop"] as const)("many to one, T = 2 and T = 4, in mode %s", (mode) => {
      for (const T of [2, 4]) {
        const { params, xs, h0, objectives } = example({ ...small, T });
        const tape = fromTape(cell, { params, xs, h0 }, lastOnly(objectives), mode);
        const options = { activation: derived, h0 };
        expectSame(tape, byHand(bptt.rnnManyToOne(params, xs, objectives[T - 1]!, options)));
        const [x1, x2, x3, x4] = [xs[0]!, xs[1]!, xs[2]!, xs[3]!];
        const literal =
          T === 2
            ? bptt.rnnManyToOne2(params, [x1, x2], objectives[1]!, options)
            : bptt.rnnManyToOne4(params, [x1, x2, x3, x4], objectives[3]!, options);
        expectSame(tape, byHand(literal));
      }
    });

    test.each(["scan", "loop"] as const)("many to many, in mode %s", (mode) => {
      const { params, xs, h0, objectives } = example({ ...small, T: 6 });
      const result = bptt.rnnManyToMany(params, xs, objectives, { activation: derived, h0 });
      expectSame(fromTape(cell, { params, xs, h0 }, objectives, mode), byHand(result));
    });

    test("one to many", () => {
      const { params, xs, h0, objectives } = example(small);
      const loss = (w: Weights, x: Tensor, h: Tensor): Tensor => {
        const { outputs } = oneToMany(cell, rowsOf(w), x, {
          state: { h },
          layout: "columns",
          length: small.T,
        });
        return lossOf(w.Why, w.by, outputs, objectives);
      };
      const [dw, dx, dh] = grad(loss, { argnums: [0, 1, 2] })(
        tensorsOf(params),
        tensorOf(xs[0]!),
        tensorOf(h0),
      );
      const hand = bptt.rnnOneToMany(params, xs[0]!, objectives, { activation: derived, h0 });
      expectSame({ params: dw, xs: stack([dx]), h0: dh }, byHand(hand));
    });

    test("dL/dh_t is the local term and the recurrent one, each by itself, and dL/dz_t follows", () => {
      const { params, xs, h0, objectives } = example(small);
      const { steps } = bptt.rnnManyToMany(params, xs, objectives, { activation: derived, h0 });
      const { T, batch, hidden } = small;
      const [w, x, h] = [tensorsOf(params), turned(overTime(xs)), turned(tensorOf(h0))];
      /** Adds something to h_t on its way to y_t, on its way to step t + 1, and to z_t. */
      const loss = (local: Tensor, recurrent: Tensor, z: Tensor): Tensor => {
        const hs: Tensor[] = [];
        let carried = h;
        for (let t = 0; t < T; t++) {
          const own = rowsOf(w);
          const { state } = cell.step({ ...own, b: add(own.b, index(z, t)) }, { h: carried }, index(x, t));
          hs.push(turned(add(state.h, index(local, t))));
          carried = add(state.h, index(recurrent, t));
        }
        return lossOf(w.Why, w.by, stack(hs), objectives);
      };
      const zero = nothing(T, batch, hidden);
      const [local, recurrent, dz] = grad(loss, { argnums: [0, 1, 2] })(zero, zero, zero);
      expectSame(turned(local), overTime(steps.map(({ dh }) => dh.local)));
      expectSame(turned(recurrent), overTime(steps.map(({ dh }) => dh.recurrent)));
      expectSame(turned(add(local, recurrent)), overTime(steps.map(({ dh }) => dh.total)));
      expectSame(turned(dz), overTime(steps.map((step) => step.dz)));
    });
  },
);

test("a cell that forgets what h_t owes to h_{t−1} does not agree", () => {
  const forgetful: typeof plain = {
    ...plain,
    step: (p, { h }, x) => plain.step(p, { h: stopGradient(h) }, x),
  };
  const { params, xs, h0, objectives } = example(small);
  const right = byHand(bptt.rnnManyToMany(params, xs, objectives, { h0 }));
  expectSame(fromTape(plain, { params, xs, h0 }, objectives, "scan"), right);
  const wrong = fromTape(forgetful, { params, xs, h0 }, objectives, "scan");
  expect(difference(wrong.params.Whh, right.params.Whh)).toBeGreaterThan(1e-3);
});

describe("with the sizes of the notes", () => {
  test("windows of 3 over 1 … 10, walked time-major, fifty hidden units", () => {
    const windows = createSequences(
      Array.from({ length: 10 }, (_, i) => (i + 1) / 10),
      3,
    );
    const seen = windows.slice([[0, 7]]).cast("float64");
    expect(seen.shape).toEqual([7, 3]);
    const xs = [0, 1, 2].map((t) => bptt.fromRows([Array.from(seen.index(t, 1).data)]));
    const target = bptt.fromRows([Array.from({ length: 7 }, (_, i) => (i + 4) / 10)]);
    const { params, h0 } = example({ T: 3, input: 1, hidden: 50, output: 1, batch: 7 });
    const hand = bptt.rnnManyToOne(params, xs, { target }, { h0 });
    const objectives = [undefined, undefined, { target }];
    expectSame(fromTape(plain, { params, xs, h0 }, objectives, "scan"), byHand(hand));
  });

  test("W_hh [50, 50] · h [50, 8316] over two steps", () => {
    const notes = { T: 2, input: 1, hidden: 50, output: 1, batch: 8316 };
    const { params, xs, h0, objectives } = example(notes);
    const hand = bptt.rnnManyToOne2(params, [xs[0]!, xs[1]!], objectives[1]!, { h0 });
    expectSame(fromTape(plain, { params, xs, h0 }, lastOnly(objectives), "scan"), byHand(hand));
  });
});
