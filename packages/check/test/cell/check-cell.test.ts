import {
  abs,
  add,
  affine,
  cast,
  concat,
  createRng,
  customGradient,
  DtypeError,
  fromTypedArray,
  index,
  less,
  mean,
  mul,
  normal,
  sigmoid,
  stopGradient,
  sub,
  tanh,
  tensor,
  where,
  zeros,
  type Rng,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { assertCheckCell, checkCell, type CheckCellReport } from "../../src/cell/check-cell.js";
import { partKinds, type CellPart } from "../../src/cell/parts.js";
import { wrongCustom } from "../cross/wrong.js";

type Sizes = {
  readonly input: number;
  readonly hidden: number;
};

type Params = {
  readonly w: Tensor;
  readonly b: Tensor;
};

type State = {
  readonly h: Tensor;
};

const sizes: Sizes = { input: 2, hidden: 3 };
const quick = { sizes, steps: [1, 3], batches: [2], order: 1, maxEntries: 8 } as const;

/** An RNN of one weight, h′ = tanh([h; x]·w + b), with the given function of the state in the place of tanh. */
const plain = {
  name: "plain",
  params: ({ input, hidden }: Sizes, rng: Rng): Params => ({
    w: mul(normal(rng.key(), [hidden + input, hidden]), 0.5),
    b: zeros([hidden]),
  }),
  state: ({ hidden }: Sizes, batch: number): State => ({ h: zeros([batch, hidden]) }),
  step({ w, b }: Params, { h }: State, x: Tensor): { state: State; output: Tensor } {
    const next = tanh(affine(concat([h, x]), w, b));
    return { state: { h: next }, output: next };
  },
};

const failing = (report: CheckCellReport): string[] =>
  report.parts.filter(({ verdict }) => verdict === "fail").map(({ kind }) => kind);

describe("a right cell", () => {
  test("passes every part, and tells of each as it is done", () => {
    const told: CellPart[] = [];
    const report = checkCell(plain, { sizes, onPart: (part) => void told.push(part) });
    expect(String(report)).toMatch(/^check of cell plain passed/);
    expect(report).toMatchObject({
      pass: true,
      verdict: "pass",
      cell: "plain",
      worst: undefined,
      details: "",
    });
    expect(told).toEqual(report.parts);
    expect([...new Set(report.parts.map(({ kind }) => kind))]).toEqual(partKinds);
    expect(report.parts.filter(({ kind }) => kind === "gradient")).toHaveLength(6);
  }, 60_000);

  test("has a time line of small errors for each parameter and step", () => {
    const { timeline } = checkCell(plain, quick);
    expect(timeline).toMatchObject({ steps: 3, verdict: "pass", hint: "" });
    expect(timeline?.rows.map(({ path }) => path)).toEqual(["params.b", "params.w"]);
    for (const row of timeline?.rows ?? []) {
      expect(row.errors).toHaveLength(3);
      expect(Math.max(...row.errors)).toBeLessThan(1e-9);
    }
  });

  test("may have init in the place of params", () => {
    const cell = {
      ...plain,
      params: undefined,
      init: (s: Sizes, seed: number) => plain.params(s, createRng(seed)),
    };
    const { params: _none, ...withInit } = cell;
    expect(checkCell(withInit, quick).pass).toBe(true);
  });
});

describe("what is wrong is found by the part that is for it", () => {
  test("a wrong rule: gradients, and every time step", () => {
    const wrong = wrongCustom(1.001);
    const cell = {
      ...plain,
      step({ w, b }: Params, { h }: State, x: Tensor) {
        const next = wrong(affine(concat([h, x]), w, b));
        return { state: { h: next }, output: next };
      },
    };
    const report = checkCell(cell, quick);
    expect(report.verdict).toBe("fail");
    expect(failing(report)).toEqual(["gradient", "gradient", "time steps"]);
    expect(report.timeline?.hint).toMatch(/every time step is wrong/);
    expect(() => assertCheckCell(cell, quick)).toThrow(/check of cell plain failed/);
  });

  test("a recurrence cut at every step: earlier steps are wrong, the last is right", () => {
    const cell = {
      ...plain,
      step: (p: Params, { h }: State, x: Tensor) => plain.step(p, { h: stopGradient(h) }, x),
    };
    const { timeline, verdict } = checkCell(cell, { ...quick, steps: [5] });
    expect(verdict).toBe("fail");
    expect(timeline?.hint).toMatch(
      /begins at t = 4 and goes on towards earlier steps .* cut between t = 4 and t = 5\?/,
    );
    const [row] = timeline?.rows ?? [];
    expect(row?.verdicts).toEqual(["fail", "fail", "fail", "fail", "pass"]);
  });

  test.each([1, 2])("a recurrence cut after step %i of 12, by a counter in the state", (k) => {
    const cut = customGradient((h: Tensor, t: Tensor) => add(h, mul(t, 0)), {
      vjp: (dy, [, t]) => [
        where(less(sub(t, k), 0.5), where(less(sub(t, k), -0.5), dy, mul(dy, 0)), dy),
        null,
      ],
      jvp: ([dh]) => dh,
    });
    const cell = {
      ...plain,
      state: (s: Sizes, batch: number) => ({ ...plain.state(s, batch), t: zeros([1], { dtype: "int32" }) }),
      step(p: Params, { h, t }: State & { readonly t: Tensor }, x: Tensor) {
        const clock = cast(t, "float64");
        const { state, output } = plain.step(p, { h: cut(h, clock) }, x);
        return { state: { ...state, t: add(t, 1) }, output };
      },
    };
    const { timeline } = checkCell(cell, { ...quick, steps: [12], mode: "reverse" });
    expect(timeline?.hint).toContain(`begins at t = ${k} `);
    const [, row] = timeline?.rows ?? [];
    expect(row?.verdicts.map((v) => v === "fail")).toEqual(Array.from({ length: 12 }, (_, t) => t < k));
  });

  test("a mean over the batch", () => {
    const cell = {
      ...plain,
      step(p: Params, s: State, x: Tensor) {
        return plain.step(p, s, sub(x, mean(x, { axes: 0, keepDims: true })));
      },
    };
    const report = checkCell(cell, quick);
    expect(failing(report)).toEqual(["batch"]);
    expect(report.worst?.kind).toBe("batch");
    expect(String(report)).toMatch(/batch independence: .*depends? on/s);
    const allowed = checkCell(cell, { ...quick, allowBatchMixing: true });
    expect(allowed.verdict).toBe("pass");
    expect(allowed.parts.find(({ kind }) => kind === "batch")?.text).toMatch(/^note: .* influence/);
  });

  test("a forward rule that is wrong by a millionth for one entry, down to the entry", () => {
    const mask = fromTypedArray(
      Float64Array.from({ length: 15 }, (_, i) => (i === 7 ? 1 + 1e-6 : 1)),
      [5, 3],
    );
    const bent = customGradient((w: Tensor) => mul(w, 1), {
      vjp: (dy) => [dy],
      jvp: ([dw]) => mul(dw, mask),
    });
    const cell = {
      ...plain,
      step: ({ w, b }: Params, s: State, x: Tensor) => plain.step({ w: bent(w), b }, s, x),
    };
    const report = checkCell(cell, quick);
    expect(failing(report)).toEqual(["gradient", "gradient"]);
    expect(report.worst?.gradcheck?.worst).toMatchObject({
      sweep: "forward",
      path: "inputs[0].params.w",
      index: [2, 1],
    });
    expect(report.details).toMatch(/^gradient, steps \d, batch 2: gradcheck failed/);
    // The other sweep is right.
    expect(checkCell(cell, { ...quick, mode: "reverse" }).pass).toBe(true);
  });

  test("a wrong reverse rule does not count if forward mode alone is checked", () => {
    const bent = customGradient(tanh, {
      vjp: (dy) => [dy],
      jvp: ([dx], _, y) => sub(dx, mul(dx, mul(y, y))),
    });
    const cell = {
      ...plain,
      step({ w, b }: Params, { h }: State, x: Tensor) {
        const next = bent(affine(concat([h, x]), w, b));
        return { state: { h: next }, output: next };
      },
    };
    expect(checkCell(cell, { ...quick, mode: "forward" })).toMatchObject({ pass: true, timeline: undefined });
    expect(checkCell(cell, quick).pass).toBe(false);
  });

  test("a state that changes its shape or dtype", () => {
    const cell = {
      ...plain,
      step(p: Params, s: State, x: Tensor) {
        const { state, output } = plain.step(p, s, x);
        return { state: { h: index(state.h, 0) }, output };
      },
    };
    const report = checkCell(cell, quick);
    expect(report.parts).toMatchObject([{ kind: "state", verdict: "fail" }]);
    expect(report.parts[0]?.cause).toBeUndefined();
    expect(String(report)).toMatch(/turned state\.h float64 \[2, 3\] into state\.h float64 \[3\]/);
  });

  test("parameters that differ from run to run, and steps that do", () => {
    let count = 0;
    const moody = {
      ...plain,
      step: (p: Params, s: State, x: Tensor) => plain.step(p, s, mul(x, ++count)),
    };
    expect(failing(checkCell(moody, quick))).toContain("repeat");
    const drifting = {
      ...plain,
      params: (s: Sizes, rng: Rng) => ({ ...plain.params(s, rng), b: add(zeros([s.hidden]), ++count) }),
    };
    expect(failing(checkCell(drifting, quick))).toContain("repeat");
  });

  test("a loop that differs from the scan: the step looks at how often it was called", () => {
    let calls = 0;
    const cell = {
      ...plain,
      step: (p: Params, s: State, x: Tensor) => plain.step(p, s, (calls++ & 1) === 0 ? x : sigmoid(x)),
    };
    expect(failing(checkCell(cell, quick))).toContain("scan and loop");
  });

  test("a step that does not run in float64", () => {
    const stubborn = {
      ...plain,
      step: (p: Params, s: State, x: Tensor) =>
        plain.step(p, s, mul(x, tensor([1, 1], { dtype: "float32" }))),
    };
    const report = checkCell(stubborn, quick);
    expect(String(report)).toMatch(/does not run in float64: .*float32/);
    expect(report.worst?.cause).toBeInstanceOf(DtypeError);
    expect(report.timeline).toBeUndefined();
  });
});

test("a cut behind which a part in 10¹⁰ of the gradient lies is seen in double-double", () => {
  const cut = customGradient((h: Tensor, t: Tensor) => add(h, mul(t, 0)), {
    vjp: (dy, [, t]) => [where(less(abs(sub(t, 1)), 0.5), mul(dy, 0), dy), null],
    jvp: ([dh]) => dh,
  });
  const cell = {
    ...plain,
    state: (s: Sizes, batch: number) => ({ ...plain.state(s, batch), t: zeros([1], { dtype: "int32" }) }),
    step(p: Params, { h, t }: State & { readonly t: Tensor }, x: Tensor) {
      const { state, output } = plain.step(p, { h: mul(cut(h, cast(t, "float64")), 1e-10) }, x);
      return { state: { ...state, t: add(t, 1) }, output };
    },
  };
  const settings = { ...quick, steps: [3], mode: "reverse", maxEntries: 2 } as const;
  expect(failing(checkCell(cell, settings))).not.toContain("gradient");
  expect(failing(checkCell(cell, { ...settings, precision: "dd" }))).toContain("gradient");
});

describe("a gradient that is exactly zero is no failure, and is named", () => {
  const named = (cell: typeof plain, options: object = {}) => {
    const report = checkCell(cell, { ...quick, ...options });
    // Time steps without a gradient stay undecided.
    expect(report.parts.filter(({ verdict, kind }) => verdict !== "pass" && kind !== "time steps")).toEqual(
      [],
    );
    return { paths: report.zeroGradients, text: String(report) };
  };

  test("of everything, where the cell is saturated", () => {
    const saturated = {
      ...plain,
      step({ w, b }: Params, { h }: State, x: Tensor) {
        const next = sigmoid(add(affine(concat([h, x]), w, b), 100));
        return { state: { h: next }, output: next };
      },
    };
    const one = { batches: [1] };
    const { paths, text } = named(saturated, one);
    expect(paths).toEqual(["params.b", "params.w", "state.h", "xs"]);
    expect(text).toContain("the gradients of params.b, params.w, state.h, xs are exactly 0 in every part");
    expect(named(saturated, { ...one, mode: "forward" }).paths).toEqual(paths);
  });

  test("of a parameter that is not used, and of a state that is not read", () => {
    const forgetful = {
      ...plain,
      step: (p: Params, { h }: State, x: Tensor) =>
        plain.step({ ...p, b: zeros([3]) }, { h: zeros(h.shape) }, x),
    };
    for (const mode of ["reverse", "forward"])
      expect(named(forgetful, { mode }).paths).toEqual(["params.b", "state.h"]);
    expect(named(forgetful, { steps: [1] }).text).toContain("params.b, state.h are exactly 0");
  });

  test("only where it is zero for every number of steps", () => {
    // A weight that counts from the second step on.
    const late = {
      ...plain,
      state: (s: Sizes, batch: number) => ({ ...plain.state(s, batch), t: zeros([1], { dtype: "int32" }) }),
      step({ w, b }: Params, { h, t }: State & { readonly t: Tensor }, x: Tensor) {
        const { state, output } = plain.step({ w: mul(w, cast(t, "float64")), b }, { h }, x);
        return { state: { ...state, t: add(t, 1) }, output };
      },
    };
    const zeroAt = (steps: readonly number[]) => checkCell(late, { ...quick, steps }).zeroGradients;
    expect(zeroAt([1])).toEqual(["params.w", "state.h", "xs"]);
    expect(zeroAt([1, 2])).toEqual(["state.h"]);
  });

  test("of nothing else", () => {
    const { paths, text } = named(plain);
    expect(paths).toEqual([]);
    expect(text).not.toContain("exactly 0");
  });
});

test("the time line has at most as many steps as asked for", () => {
  expect(checkCell(plain, { ...quick, steps: [6], timelineSteps: 4 }).timeline?.steps).toBe(4);
});

test("what is no cell, and bad settings, are refused", () => {
  const { params: _none, ...bare } = plain;
  expect((): unknown => Reflect.apply(checkCell, undefined, [3, quick])).toThrow(
    /got number, expected a cell/,
  );
  expect((): unknown => Reflect.apply(checkCell, undefined, [{ name: "x" }, quick])).toThrow(
    /without state and step/,
  );
  expect((): unknown => Reflect.apply(checkCell, undefined, [plain, {}])).toThrow(/got sizes undefined/);
  expect(() => checkCell(plain, { sizes: { input: 0, hidden: 1 } })).toThrow(/expected those of the cell/);
  expect(() => checkCell(plain, { ...quick, steps: [] })).toThrow(/got no steps/);
  expect(() => checkCell(plain, { ...quick, batches: [0] })).toThrow(/got batches 0/);
  expect(() => checkCell(plain, { ...quick, rtol: 2 })).toThrow(/got rtol 2/);
  expect(() => checkCell(plain, { ...quick, timelineSteps: 0 })).toThrow(/got timelineSteps 0/);
  expect(() => checkCell(plain, { ...quick, timelineEntries: -1 })).toThrow(/got timelineEntries -1/);
  expect(() => checkCell(bare, quick)).toThrow(/neither init nor params/);
});
