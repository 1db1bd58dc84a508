import { describe, expect, test } from "vitest";
import {
  add,
  ArgumentError,
  concat,
  DtypeError,
  matmul,
  normal,
  ShapeError,
  tensor,
  TapeloopError,
  treeMap,
  createRng,
  zeros,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import {
  defineCell,
  glorotUniform,
  gru,
  lstm,
  manyToOne,
  oneToMany,
  orthogonal,
  rnn,
  sizesOf,
  torchUniform,
  unroll,
  type Cell,
  type HiddenState,
  type UnrollOptions,
} from "@tapeloop/nn";
import { randomLike, values } from "./support.js";

const sizes = { input: 3, hidden: 4 };
const params = randomLike(lstm.init(sizes, 0), 1);
const state = randomLike(lstm.state(sizes, 2), 20);
const xs = values([5, 2, 3], 1);

/** The error that fn throws. */
function errorOf(fn: () => unknown): TapeloopError {
  try {
    fn();
  } catch (error) {
    if (error instanceof TapeloopError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** A call as from JavaScript, where types do not stop a mistake. */
const untyped: (cell: Cell, params: Tree, xs: Tensor, options?: UnrollOptions<Tree>) => unknown = unroll;

describe("data", () => {
  test("of the wrong rank", () => {
    const error = errorOf(() => unroll(lstm, params, values([5, 3], 1)));
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toBe("lstm: got data [5, 3], expected [time, batch, input]");
    expect(errorOf(() => unroll(lstm, params, values([5, 3], 1), { layout: "columns" })).message).toBe(
      "lstm: got data [5, 3], expected [time, input, batch]",
    );
    expect(errorOf(() => oneToMany(lstm, params, xs, { length: 2 })).message).toBe(
      "lstm: got x [5, 2, 3], expected [batch, input]",
    );
  });

  test("with another number of features than the parameters are for", () => {
    const error = errorOf(() => unroll(lstm, params, values([5, 2, 7], 1)));
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toBe(
      "lstm: got data with 7 features per time step, expected 3: the parameters are for that",
    );
    const told = errorOf(() => unroll(lstm, params, values([5, 2, 7], 1), { sizes }));
    expect(told.message).toBe("lstm: got data with 7 features per time step, expected 3, as sizes says");
  });

  test("with no features, and with no time steps where one is needed", () => {
    expect(errorOf(() => unroll(lstm, params, values([5, 2, 0], 1))).message).toBe(
      "lstm: got no features per time step, expected at least one",
    );
    const none = values([0, 2, 3], 1);
    expect(errorOf(() => unroll(lstm, params, none, { mode: "loop" })).message).toBe(
      'lstm: got no time steps, expected at least one in mode "loop"',
    );
    expect(errorOf(() => manyToOne(lstm, params, none)).message).toBe(
      "lstm: got no time steps, expected at least one",
    );
  });

  test("that is whole numbers, or of another float dtype than the parameters", () => {
    const whole = tensor([[[1, 2, 3]]], { dtype: "int32" });
    const error = errorOf(() => unroll(lstm, params, whole));
    expect(error).toBeInstanceOf(DtypeError);
    expect(error.message).toMatch(
      /^concat: .*int32 \[1, 3\] beside .*float64 \[1, 4\].*expected one dtype.*; in lstm$/,
    );
    expect(errorOf(() => unroll(lstm, params, xs.cast("float32"))).message).toMatch(
      /^concat: .*float32 \[2, 3\] beside .*float64 \[2, 4\].*expected one dtype.*; in lstm$/,
    );
    const small = rnn.init(sizes, 0);
    expect(errorOf(() => unroll(rnn, small, whole)).message).toMatch(
      /^matmul: got .*int32.*float32.*; in rnn$/,
    );
  });
});

describe("parameters", () => {
  test("of another cell", () => {
    const error = errorOf(() => untyped(lstm, gru.init(sizes, 0), xs));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toBe(
      "lstm: got parameters { bhn, br, bxn, bz, whn, wr, wxn, wz }, expected { bc, bf, bi, bo, wc, wf, wi, wo }; " +
        "are they another cell's?",
    );
  });

  test("of another cell beside a given state, when a step first misses one", () => {
    const error = errorOf(() => untyped(lstm, gru.init(sizes, 0), xs, { state }));
    expect(error.message).toBe(
      "matmul: got undefined as operand 1, expected a tensor or a number; in lstm/forget",
    );
  });

  test("from which no hidden size follows", () => {
    const odd = { ...params, wf: values([9, 4], 3) };
    expect(errorOf(() => unroll(lstm, odd, xs)).message).toMatch(
      /^lstm: got parameters bc \[4\], .*wf \[9, 4\].*, from which its hidden size does not follow; pass the option sizes, or state$/,
    );
  });
});

describe("a given state", () => {
  test("of the wrong batch or size", () => {
    const error = errorOf(() => unroll(lstm, params, xs, { state: lstm.state(sizes, 3) }));
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toBe("lstm: got state.c float32 [3, 4], expected float64 [2, 4] for [batch, …]");
    const wide = { h: values([2, 4], 1), c: values([2, 5], 1) };
    expect(errorOf(() => unroll(lstm, params, xs, { state: wide })).message).toBe(
      "lstm: got state.c float64 [2, 5], expected float64 [2, 4] for [batch, …]",
    );
  });

  test("of another cell", () => {
    expect(errorOf(() => untyped(lstm, params, xs, { state: { h: values([2, 4], 1) } })).message).toBe(
      "lstm: got state.h, expected state.c, state.h for [batch, …]",
    );
  });

  test("of another dtype", () => {
    const single = treeMap(state, (t) => t.cast("float32"));
    expect(errorOf(() => unroll(lstm, params, xs, { state: single })).message).toBe(
      "lstm: got state.c float32 [2, 4], expected float64 [2, 4] for [batch, …]",
    );
  });
});

describe("an error inside a step names cell, gate and time step", () => {
  const wrong = { ...params, wf: values([8, 4], 3) };

  test("in mode loop with the time step", () => {
    expect(errorOf(() => unroll(lstm, wrong, xs, { state, mode: "loop" })).message).toBe(
      "matmul: x [2, 7] · w [8, 4]: inner sizes differ (7 vs 8); in lstm/forget, t = 0",
    );
    expect(errorOf(() => unroll(lstm, wrong, xs, { state, mode: "loop", reverse: true })).message).toMatch(
      /; in lstm\/forget, t = 4$/,
    );
  });

  test("in mode scan without it", () => {
    expect(errorOf(() => unroll(lstm, wrong, xs, { state })).message).toBe(
      "matmul: x [2, 7] · w [8, 4]: inner sizes differ (7 vs 8); in lstm/forget",
    );
  });

  test("at a later step, when only that one goes wrong", () => {
    const picky: typeof rnn = defineCell("picky", {
      params: (s, rng) => rnn.init(s, rng),
      state: (s, batch) => rnn.state(s, batch),
      step(p, s, x) {
        const result = rnn.step(p, s, x);
        return x.data.some((v) => v > 50)
          ? { ...result, output: concat([result.output, zeros([9, 1])]) }
          : result;
      },
    });
    const data = add(zeros([5, 2, 3]), tensor([0, 0, 0, 99, 0]).reshape([5, 1, 1]));
    const error = errorOf(() => unroll(picky, picky.init(sizes, 0), data, { mode: "loop" }));
    expect(error.message).toMatch(/^concat: .*; in picky, t = 3$/);
    expect(error.where).toBe("picky, t = 3");
    // In a scan no step has values: looking at them is the mistake.
    expect(errorOf(() => unroll(picky, picky.init(sizes, 0), data)).message).toMatch(
      /inside scan or compile only its shape is known.*; in picky$/,
    );
  });

  test("in a feedback that does not fit", () => {
    const feedback = (y: Tensor): Tensor => y;
    const error = errorOf(() => oneToMany(lstm, params, values([2, 3], 1), { length: 2, feedback }));
    expect(error.message).toBe("lstm: feedback returned x float64 [2, 4], expected float64 [2, 3] like x");
  });
});

describe("a step", () => {
  const returning = (result: (h: Tensor) => unknown): Cell<Tree, HiddenState> =>
    defineCell("broken", {
      params: ({ input, hidden }, rng) => ({ w: normal(rng.key(), [input, hidden]) }),
      state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
      step: (_p, { h }) => asResult(result(h)),
    });

  test.each([
    ["nothing", undefined, "undefined"],
    ["no output", (h: Tensor) => ({ state: { h } }), "{ state }"],
    ["no state", (h: Tensor) => ({ output: h }), "{ output }"],
    [
      "an output that is no tensor",
      (h: Tensor) => ({ state: { h }, output: 3 }),
      "{ state, output } whose output is no tensor",
    ],
    ["a bare tensor", (h: Tensor) => h, "a tensor"],
    ["a promise", (h: Tensor) => Promise.resolve({ state: { h }, output: h }), "{  }"],
  ] as const)("returning %s", (_name, result, got) => {
    for (const mode of ["scan", "loop"] as const) {
      const cell = returning((h) => result?.(h));
      const error = errorOf(() => unroll(cell, cell.init(sizes, 0), values([2, 2, 3], 1), { mode }));
      expect(error).toBeInstanceOf(ArgumentError);
      const at = mode === "loop" ? "broken, t = 0" : "broken";
      expect(error.message).toBe(
        `broken: step returned ${got}, expected { state, output } with a tensor as the output; in ${at}`,
      );
    }
  });

  test("that changes the shape or the names of its state", () => {
    const grows = returning((h) => ({ state: { h: concat([h, h]) }, output: h }));
    const error = errorOf(() => unroll(grows, grows.init(sizes, 0), zeros([2, 2, 3]), { mode: "loop" }));
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toBe(
      "broken: the step returned state.h float32 [2, 8], expected float32 [2, 4] as before it; in broken, t = 0",
    );
    const renames = returning((h) => ({ state: { c: h }, output: h }));
    expect(errorOf(() => unroll(renames, renames.init(sizes, 0), zeros([2, 2, 3]))).message).toBe(
      "broken: the step returned state.c, expected state.h as before it; in broken",
    );
  });
});

describe("sizes", () => {
  test.each([
    [{ input: 0, hidden: 4 }, "lstm: got input 0, expected a whole number ≥ 1"],
    [{ input: 3, hidden: -1 }, "lstm: got hidden -1, expected a whole number ≥ 1"],
    [{ input: 3, hidden: 2.5 }, "lstm: got hidden 2.5, expected a whole number ≥ 1"],
    [{ input: NaN, hidden: 4 }, "lstm: got input NaN, expected a whole number ≥ 1"],
  ])("of %o", (wrong, message) => {
    expect(errorOf(() => lstm.init(wrong, 0)).message).toBe(message);
    expect(errorOf(() => lstm.state(wrong, 1)).message).toBe(message);
  });

  test("of the cell's own, and of the batch", () => {
    const cell = defineCell("mixing", {
      params: ({ hidden, heads }: { input: number; hidden: number; heads: number }, rng) => ({
        w: normal(rng.key(), [heads, hidden, hidden]),
      }),
      state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
      step: ({ w }, { h }) => ({ state: { h }, output: matmul(h, w) }),
    });
    expect(errorOf(() => cell.init({ input: 3, hidden: 4, heads: 0 }, 0)).message).toBe(
      "mixing: got heads 0, expected a whole number ≥ 1",
    );
    expect(errorOf(() => cell.state({ input: 3, hidden: 4, heads: 1 }, -1)).message).toBe(
      "mixing: got batch -1, expected a whole number ≥ 0",
    );
  });

  test("of initialisers", () => {
    const rng = createRng(0);
    expect(errorOf(() => glorotUniform(rng, [3])).message).toBe(
      "glorotUniform: got shape [3], expected a matrix [fanIn, fanOut]",
    );
    expect(errorOf(() => orthogonal(rng, [3, 3, 3])).message).toBe(
      "orthogonal: got shape [3, 3, 3], expected a matrix [fanIn, fanOut]",
    );
    expect(errorOf(() => torchUniform(rng, [3], 0)).message).toBe(
      "torchUniform: got hidden 0, expected a whole number ≥ 1",
    );
  });
});

describe("options", () => {
  test("of unknown mode or layout", () => {
    const from = (text: string): { mode: "loop" } => JSON.parse(text) as { mode: "loop" };
    expect(errorOf(() => unroll(lstm, params, xs, from('{ "mode": "eager" }'))).message).toBe(
      'lstm: got mode "eager", expected "scan" or "loop"',
    );
    expect(errorOf(() => unroll(lstm, params, xs, from('{ "layout": "batchFirst" }'))).message).toBe(
      'lstm: got layout "batchFirst", expected "rows" or "columns"',
    );
  });

  test("of an impossible length", () => {
    for (const length of [0, 1.5, NaN]) {
      expect(errorOf(() => oneToMany(lstm, params, values([2, 3], 1), { length })).message).toBe(
        `lstm: got length ${length}, expected a whole number ≥ 1`,
      );
    }
  });
});

test("a cell needs a name, and parameters that are tensors", () => {
  const definition = {
    params: () => ({}),
    state: () => null,
    step: (_p: Tree, _s: null, x: Tensor) => ({ state: null, output: x }),
  };
  expect(errorOf(() => defineCell("", definition)).message).toBe(
    "defineCell: got an empty name, expected one to show in errors and graphs",
  );
  const wrong = defineCell("wrong", { ...definition, params: (): Tree => JSON.parse('{ "w": 3 }') as Tree });
  expect(errorOf(() => wrong.init(sizes, 0)).message).toContain("number at wrong parameters.w");
  expect(errorOf(() => sizesOf(wrong, {}, 3)).message).toBe(
    "wrong: got parameters without tensors, from which its hidden size does not follow; pass the option sizes, or state",
  );
});

/** Lets a test hand a wrong result to code that expects a right one. */
function asResult(value: unknown): { state: HiddenState; output: Tensor } {
  return value as { state: HiddenState; output: Tensor };
}
