import {
  add,
  concat,
  index,
  mean,
  matmul,
  mul,
  sigmoid,
  square,
  stack,
  sub,
  tanh,
  tensor,
  transpose,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import { compareGradients } from "../../src/cross/compare-gradients.js";
import { createRandom } from "../../src/random.js";

/*
 * The LSTM in the column layout of its formulas, with inputs of zeros that are added where a gradient is looked at: at
 * each gate's pre-activation z_g, and at the h that each gate reads, by itself and at each step. The gradient by the
 * latter is the path from step t back to h_{t−1} through gate g alone.
 */

const [input, hidden, output, batch] = [2, 3, 1, 2];
const gates = ["o", "f", "i", "cTilde"] as const;
type Gate = (typeof gates)[number];
type PerGate = Readonly<Record<Gate, Tensor>>;
type Weights = Readonly<Record<keyof bptt.LstmParams, Tensor>>;
const NAMES = {
  o: ["Wo", "bo"],
  f: ["Wf", "bf"],
  i: ["Wi", "bi"],
  cTilde: ["Wc", "bc"],
} as const;

const random = createRandom(5);
const draw = (rows: number, cols: number): bptt.Matrix => ({
  rows,
  cols,
  data: Float64Array.from({ length: rows * cols }, () => random.normal() / 2),
});
const W = () => draw(hidden, hidden + input);
const b = () => draw(hidden, 1);
const params: bptt.LstmParams = {
  ...{ Wf: W(), bf: b(), Wi: W(), bi: b(), Wc: W(), bc: b(), Wo: W(), bo: b() },
  ...{ Wy: draw(output, hidden), by: draw(output, 1) },
};
const [h0, c0] = [draw(hidden, batch), draw(hidden, batch)];
const tensorOf = ({ rows, cols, data }: bptt.Matrix): Tensor => tensor(data, { shape: [rows, cols] });
const weightsOf = (p: bptt.LstmParams): Weights => ({
  ...{ Wf: tensorOf(p.Wf), bf: tensorOf(p.bf), Wi: tensorOf(p.Wi), bi: tensorOf(p.bi) },
  ...{ Wc: tensorOf(p.Wc), bc: tensorOf(p.bc), Wo: tensorOf(p.Wo), bo: tensorOf(p.bo) },
  ...{ Wy: tensorOf(p.Wy), by: tensorOf(p.by) },
});

/** What the three are asked about: weights, data [T, input, batch], and zeros [T, hidden, batch] for each gate. */
interface Given {
  readonly weights: Weights;
  readonly xs: Tensor;
  readonly z: PerGate;
  readonly path: PerGate;
}

function zerosPerGate(shape: readonly number[]): PerGate {
  const zero = tensor(new Float64Array(shape.reduce((p, q) => p * q, 1)), { shape });
  return { o: zero, f: zero, i: zero, cTilde: zero };
}

/** The loss in columns; in rows everything is its transpose, and the products turn round. */
function lossOf(objectives: readonly (bptt.Objective | undefined)[], layout: "columns" | "rows") {
  const isRows = layout === "rows";
  const joined = (h: Tensor, x: Tensor): Tensor => concat([h, x], isRows ? 1 : 0);
  const linear = (w: Tensor, v: Tensor, bias: Tensor): Tensor =>
    isRows ? add(matmul(v, w), bias) : add(matmul(w, v), bias);
  return ({ weights, xs, z, path }: Given): Tensor => {
    let [h, c] = [h0, c0].map((m) => (isRows ? transpose(tensorOf(m)) : tensorOf(m)));
    const losses: Tensor[] = [];
    objectives.forEach((objective, t) => {
      const pre = (g: Gate): Tensor => {
        const [w, bias] = NAMES[g];
        const read = add(h ?? xs, index(path[g], t));
        return add(linear(weights[w], joined(read, index(xs, t)), weights[bias]), index(z[g], t));
      };
      c = add(mul(sigmoid(pre("f")), c ?? xs), mul(sigmoid(pre("i")), tanh(pre("cTilde"))));
      h = mul(sigmoid(pre("o")), tanh(c));
      if (objective === undefined || !("target" in objective)) return;
      const y = linear(weights.Wy, h, weights.by);
      const target = tensorOf(objective.target);
      losses.push(mean(square(sub(y, isRows ? transpose(target) : target))));
    });
    return losses.reduce((total, each) => add(total, each));
  };
}

type Tamper = (steps: readonly bptt.LstmStep[]) => readonly bptt.LstmStep[];

/** The formulas' gradients under the names of the inputs. */
function handOf(
  xs: readonly bptt.Matrix[],
  objectives: readonly (bptt.Objective | undefined)[],
  layout: "columns" | "rows",
  tamper: Tamper = (steps) => steps,
) {
  const result = bptt.lstmManyToMany(params, xs, objectives, { h0, c0 });
  const each = (pick: (s: bptt.LstmStep) => bptt.LstmGates) => {
    const steps = tamper(result.steps).map(pick);
    return {
      o: steps.map((s) => s.o),
      f: steps.map((s) => s.f),
      i: steps.map((s) => s.i),
      cTilde: steps.map((s) => s.cTilde),
    };
  };
  const gradient = {
    weights: { ...result.gradients.params },
    xs: result.gradients.xs,
    z: each((s) => s.dz),
    path: each((s) => s.paths),
  };
  return () => (layout === "rows" ? bptt.transposeEach(gradient) : gradient);
}

function example(
  T: number,
  kind: "many to one" | "one to many" | "many to many",
  layout: "columns" | "rows",
) {
  const none = { rows: input, cols: batch, data: new Float64Array(input * batch) };
  // One to many: only the first step has an input, the others see zeros.
  const xs = Array.from({ length: T }, (_, t) =>
    kind === "one to many" && t > 0 ? none : draw(input, batch),
  );
  const objectives = xs.map((_, t): bptt.Objective | undefined =>
    kind === "many to one" && t < T - 1 ? undefined : { target: draw(output, batch) },
  );
  const turned = (t: Tensor): Tensor => (layout === "rows" ? transpose(t) : t);
  const perGate = zerosPerGate(layout === "rows" ? [T, batch, hidden] : [T, hidden, batch]);
  const w = weightsOf(params);
  const names = Object.keys(w).filter((name): name is keyof Weights => name in w);
  const weights = names.reduce((all, name) => ({ ...all, [name]: turned(w[name]) }), w);
  const given: Given = { weights, xs: stack(xs.map((x) => turned(tensorOf(x)))), z: perGate, path: perGate };
  return { xs, objectives, given, fn: lossOf(objectives, layout) };
}

const timeAxis = { "inputs[0].z": 0, "inputs[0].path": 0, "inputs[0].xs": 0 };

describe.each(["columns", "rows"] as const)(
  "the LSTM's gradients in %s: hand, tape and numeric agree",
  (layout) => {
    test.each(
      (["many to one", "one to many", "many to many"] as const).flatMap((kind) =>
        [1, 2, 4, 10].map((T) => [kind, T] as const),
      ),
    )("%s, T = %i, each gate's path at each step by itself", (kind, T) => {
      const { xs, objectives, given, fn } = example(T, kind, layout);
      const report = compareGradients(handOf(xs, objectives, layout), fn, [given], {
        timeAxis,
        maxEntries: 20,
      });
      expect(String(report)).toMatch(/^gradients compared three ways: passed/);
      expect(report).toMatchObject({ pass: true, missing: [] });
      // 10 weights and biases; xs, and z and path of four gates, at T steps.
      expect(report.groups).toHaveLength(10 + 9 * T);
    });
  },
);

describe("a mistake in one gate at one time step is told by its name and time", () => {
  const at =
    (t: number, change: (s: bptt.LstmStep) => bptt.LstmStep): Tamper =>
    (steps) =>
      steps.map((s) => (s.t === t ? change(s) : s));
  const scaled = (m: bptt.Matrix, factor: number): bptt.Matrix => ({
    ...m,
    data: m.data.map((v) => v * factor),
  });

  test.each(gates.flatMap((gate) => [1, 3, 4].map((t) => [gate, t] as const)))(
    "path through %s, t = %i",
    (gate, t) => {
      const { xs, objectives, given, fn } = example(4, "many to many", "columns");
      const wrong = at(t, (s) => ({ ...s, paths: { ...s.paths, [gate]: scaled(s.paths[gate], 1 + 1e-5) } }));
      const report = compareGradients(handOf(xs, objectives, "columns", wrong), fn, [given], {
        timeAxis,
        maxEntries: 10,
      });
      expect(report).toMatchObject({ verdict: "fail", blame: "hand" });
      const bad = report.groups.filter((group) => group.wrong > 0);
      expect(bad.map(({ path, step, blame }) => [path, step, blame])).toEqual([
        [`inputs[0].path.${gate}`, t, "hand"],
      ]);
      expect(String(report)).toContain(`inputs[0].path.${gate} at t = ${t}`);
    },
  );

  test("dz_f with c_t in the place of c_{t−1}, the notes' shifted index", () => {
    const { xs, objectives, given, fn } = example(4, "many to many", "rows");
    const wrong = at(2, (s) => ({
      ...s,
      dz: { ...s.dz, f: { ...s.dz.f, data: s.dz.f.data.map((v, k) => v * (s.c.data[k] ?? 0)) } },
    }));
    const report = compareGradients(handOf(xs, objectives, "rows", wrong), fn, [given], {
      timeAxis,
      maxEntries: 10,
    });
    expect(report.wrong[0]).toMatchObject({ path: "inputs[0].z.f", step: 2, blame: "hand" });
  });
});
