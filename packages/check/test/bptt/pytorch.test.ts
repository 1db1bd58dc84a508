import { describe, expect, it } from "vitest";
import { fixture, type Numbers, type RecurrentCase } from "../../../../test/fixtures/index.js";
import * as bptt from "../../src/bptt/index.js";
import { add, build, columns, vstack, type Matrix } from "../../src/bptt/matrix.js";
import { disagreement } from "./numeric.js";

/*
 * PyTorch's results are in row layout (x_t [batch, input]), its weights [gates·hidden, input] in that of the
 * columns, and its loss weighs h_t itself: so the output weight here is the identity, and dL/dy_t the weights.
 */
const oneLayer = ({ sizes }: RecurrentCase) => sizes.layers === 1 && sizes.directions === 1;
const named = (cases: RecurrentCase[]) => cases.filter(oneLayer).map((c) => [c.name, c] as const);

function matrix(numbers: Numbers | undefined): Matrix {
  if (!Array.isArray(numbers)) throw new TypeError("matrix: expected nested arrays");
  return bptt.fromRows(numbers.map((row) => (Array.isArray(row) ? row.map(Number) : [row])));
}

function matricesOf(numbers: Numbers | undefined): Matrix[] {
  if (!Array.isArray(numbers)) throw new TypeError("matricesOf: expected nested arrays");
  return numbers.map(matrix);
}

/** The one layer's state. */
function state(numbers: Numbers | undefined): Matrix {
  const [only] = matricesOf(numbers);
  if (only === undefined) throw new TypeError("state: expected one layer");
  return only;
}

/** The rows of gate `index`, transposed to row layout: [input, hidden], and [1, hidden] for a bias. */
function gate(numbers: Numbers | undefined, index: number, hidden: number): Matrix {
  const rows = bptt.transpose(matrix(numbers));
  return columns(rows, index * hidden, (index + 1) * hidden);
}

function setUp({ sizes, x, initialState, lossWeights }: RecurrentCase) {
  const { T, H } = sizes;
  const weights = matricesOf(lossWeights.outputs);
  const objectives = weights.map((dy, index) => ({
    dy: index === T - 1 ? add(dy, state(lossWeights.h)) : dy,
  }));
  const output = { W: build(H, H, (i, j) => (i === j ? 1 : 0)), b: bptt.zeros(1, H) };
  return { xs: matricesOf(x), h0: state(initialState.h), objectives, output };
}

function expectGolden(name: string, actual: Matrix | undefined, expected: Matrix): void {
  if (actual === undefined) throw new TypeError(`${name}: missing`);
  expect(disagreement(actual, expected), name).toBeLessThan(1e-12);
}

function expectCommon(
  golden: RecurrentCase,
  result: bptt.RnnResult | bptt.LstmResult | bptt.GruResult,
): void {
  expect(result.loss).toBeCloseTo(golden.loss, 12);
  const hidden = matricesOf(golden.outputs);
  hidden.forEach((h, index) => expectGolden(`h_${index + 1}`, result.steps[index]?.h, h));
  const dxs = matricesOf(golden.gradients.x);
  expect(result.gradients.xs).toHaveLength(dxs.length);
  dxs.forEach((dx, index) => expectGolden(`dL/dx_${index + 1}`, result.gradients.xs[index], dx));
  expectGolden("dL/dh_0", result.gradients.h0, state(golden.gradients.initialState.h));
}

describe.each(["rnn-tanh", "rnn-relu"] as const)("%s, as PyTorch has it", (name) => {
  it.each(named(fixture(name).cases))("%s", (_name, golden) => {
    const { xs, h0, objectives, output } = setUp(golden);
    const p = golden.params;
    const H = golden.sizes.H;
    const params = {
      Wxh: gate(p.weight_ih_l0, 0, H),
      Whh: gate(p.weight_hh_l0, 0, H),
      bh: add(gate(p.bias_ih_l0, 0, H), gate(p.bias_hh_l0, 0, H)),
      Why: output.W,
      by: output.b,
    };
    const activation = name === "rnn-tanh" ? bptt.tanh : bptt.relu;
    const result = bptt.rnnManyToManyRows(params, xs, objectives, { activation, h0 });
    expectCommon(golden, result);
    const g = golden.gradients.params;
    expectGolden("W_xh", result.gradients.params.Wxh, gate(g.weight_ih_l0, 0, H));
    expectGolden("W_hh", result.gradients.params.Whh, gate(g.weight_hh_l0, 0, H));
    expectGolden("b_h", result.gradients.params.bh, gate(g.bias_ih_l0, 0, H));
  });
});

describe("lstm, as PyTorch has it", () => {
  it.each(named(fixture("lstm").cases))("%s", (_name, golden) => {
    const { xs, h0, objectives, output } = setUp(golden);
    const H = golden.sizes.H;
    const order = { i: 0, f: 1, c: 2, o: 3 } as const;
    /** [W_gh; W_gx] in rows: the concatenated form reads h first. */
    const W = (p: RecurrentCase["params"], g: keyof typeof order) =>
      vstack(gate(p.weight_hh_l0, order[g], H), gate(p.weight_ih_l0, order[g], H));
    const b = (p: RecurrentCase["params"], g: keyof typeof order) =>
      add(gate(p.bias_ih_l0, order[g], H), gate(p.bias_hh_l0, order[g], H));
    const p = golden.params;
    const params = {
      Wf: W(p, "f"),
      bf: b(p, "f"),
      Wi: W(p, "i"),
      bi: b(p, "i"),
      Wc: W(p, "c"),
      bc: b(p, "c"),
      Wo: W(p, "o"),
      bo: b(p, "o"),
      Wy: output.W,
      by: output.b,
    };
    const options = { h0, c0: state(golden.initialState.c), dcT: state(golden.lossWeights.c) };
    const result = bptt.lstmManyToManyRows(params, xs, objectives, options);
    expectCommon(golden, result);
    expectGolden("c_T", result.steps.at(-1)?.c, state(golden.finalState.c));
    expectGolden("dL/dc_0", result.gradients.c0, state(golden.gradients.initialState.c));
    const g = golden.gradients.params;
    for (const name of ["f", "i", "c", "o"] as const) {
      expectGolden(`W_${name}`, result.gradients.params[`W${name}`], W(g, name));
      expectGolden(`b_${name}`, result.gradients.params[`b${name}`], gate(g.bias_ih_l0, order[name], H));
    }
  });
});

describe("gru, as PyTorch has it", () => {
  it.each(named(fixture("gru").cases))("%s", (_name, golden) => {
    const { xs, h0, objectives, output } = setUp(golden);
    const H = golden.sizes.H;
    const split = (p: RecurrentCase["params"]) => ({
      Wir: gate(p.weight_ih_l0, 0, H),
      bir: gate(p.bias_ih_l0, 0, H),
      Whr: gate(p.weight_hh_l0, 0, H),
      bhr: gate(p.bias_hh_l0, 0, H),
      Wiz: gate(p.weight_ih_l0, 1, H),
      biz: gate(p.bias_ih_l0, 1, H),
      Whz: gate(p.weight_hh_l0, 1, H),
      bhz: gate(p.bias_hh_l0, 1, H),
      Win: gate(p.weight_ih_l0, 2, H),
      bin: gate(p.bias_ih_l0, 2, H),
      Whn: gate(p.weight_hh_l0, 2, H),
      bhn: gate(p.bias_hh_l0, 2, H),
    });
    const params = { ...split(golden.params), Wy: output.W, by: output.b };
    const result = bptt.gruManyToManyRows(params, xs, objectives, { h0 });
    expectCommon(golden, result);
    const { Wy: _Wy, by: _by, ...gradients } = result.gradients.params;
    const expected = split(golden.gradients.params);
    for (const name of ["Wir", "bir", "Whr", "bhr", "Wiz", "biz", "Whz", "bhz"] as const) {
      expectGolden(name, gradients[name], expected[name]);
    }
    for (const name of ["Win", "bin", "Whn", "bhn"] as const) {
      expectGolden(name, gradients[name], expected[name]);
    }
  });
});
