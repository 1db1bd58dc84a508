import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import { add, at, build, map, matmul, sub, sumEntries, vstack, type Matrix } from "../../src/bptt/matrix.js";
import { dataOf, gruParams, lstmParams, rnnParams, sizes, type Sizes } from "./cases.js";
import { derivative, expectAgreement } from "./numeric.js";

const { transpose, transposeEach } = bptt;
const runs = { numRuns: 20 };
const fixed: Sizes = { T: 4, input: 2, hidden: 3, output: 2, batch: 3, seed: 5 };

describe("row layout", () => {
  it("gives the transposes of the column layout, for every cell and form", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const data = dataOf(size);
        const { xs, h0, c0, dcT, objectives } = data;
        const [first] = objectives;
        const rows = transposeEach(data);
        const rnn = rnnParams(size);
        const lstm = lstmParams(size);
        const gru = gruParams(size);
        const inRows = transposeEach({ rnn, lstm, gru });
        const options = { h0: rows.h0, c0: rows.c0, dcT: rows.dcT };
        const x = xs[0] ?? h0;
        expect([
          bptt.rnnManyToOneRows(inRows.rnn, rows.xs, rows.objectives[0], { h0: rows.h0 }),
          bptt.rnnManyToManyRows(inRows.rnn, rows.xs, rows.objectives, { activation: bptt.softplus }),
          bptt.rnnOneToManyRows(inRows.rnn, transpose(x), rows.objectives),
          bptt.lstmManyToOneRows(inRows.lstm, rows.xs, rows.objectives[0], options),
          bptt.lstmManyToManyRows(inRows.lstm, rows.xs, rows.objectives, options),
          bptt.gruManyToOneRows(inRows.gru, rows.xs, rows.objectives[0]),
          bptt.gruManyToManyRows(inRows.gru, rows.xs, rows.objectives, { h0: rows.h0 }),
        ]).toEqual(
          transposeEach([
            bptt.rnnManyToOne(rnn, xs, first, { h0 }),
            bptt.rnnManyToMany(rnn, xs, objectives, { activation: bptt.softplus }),
            bptt.rnnOneToMany(rnn, x, objectives),
            bptt.lstmManyToOne(lstm, xs, first, { h0, c0, dcT }),
            bptt.lstmManyToMany(lstm, xs, objectives, { h0, c0, dcT }),
            bptt.gruManyToOne(gru, xs, first),
            bptt.gruManyToMany(gru, xs, objectives, { h0 }),
          ]),
        );
      }),
      runs,
    );
  });

  it("has the literal forms for T = 2 and T = 4", () => {
    const params = transposeEach(rnnParams(fixed));
    const [x1, x2, x3, x4] = transposeEach(dataOf(fixed).xs);
    const objective = { target: bptt.zeros(3, 2) };
    if (!x1 || !x2 || !x3 || !x4) throw new Error("expected four inputs");
    const two = bptt.rnnManyToOne2Rows(params, [x1, x2], objective);
    expect(two.steps).toEqual(bptt.rnnManyToOneRows(params, [x1, x2], objective).steps);
    const four = bptt.rnnManyToOne4Rows(params, [x1, x2, x3, x4], objective);
    expect(four.steps).toEqual(bptt.rnnManyToOneRows(params, [x1, x2, x3, x4], objective).steps);
  });

  it("is the gradient of h′ = tanh(x W_xh + h W_hh + b_h) written in rows", () => {
    const params = transposeEach(rnnParams(fixed));
    const { xs, h0, objectives } = transposeEach(dataOf(fixed));
    const [objective] = objectives;
    if (!("target" in objective)) throw new Error("expected a target");
    const loss = ({ Wxh, Whh, bh, Why, by }: bptt.RnnParams) => {
      const ones = build(3, 1, () => 1); // ones · b repeats the bias for each row of the batch
      let h: Matrix = h0;
      for (const x of xs) h = map(add(matmul(x, Wxh), matmul(h, Whh), matmul(ones, bh)), Math.tanh);
      const error = sub(add(matmul(h, Why), matmul(ones, by)), objective.target);
      return sumEntries(map(error, (e) => e * e)) / error.data.length;
    };
    const result = bptt.rnnManyToOneRows(params, xs, objective, { h0 });
    expect(result.loss).toBeCloseTo(loss(params), 14);
    for (const name of ["Wxh", "Whh", "bh", "Why", "by"] as const) {
      const nudged = (i: number, j: number, step: number) =>
        build(params[name].rows, params[name].cols, (row, col) =>
          row === i && col === j ? at(params[name], i, j) + step : at(params[name], row, col),
        );
      const numeric = build(params[name].rows, params[name].cols, (i, j) =>
        derivative((step) => loss({ ...params, [name]: nudged(i, j, step) })),
      );
      expectAgreement(name, result.gradients.params[name], numeric);
    }
  });

  it("reads the state first in an LSTM's concatenated weight: W_g [hidden + input, hidden]", () => {
    const { Wf } = lstmParams(fixed);
    const rows = vstack(
      transpose(bptt.fromRows(bptt.toRows(Wf).map((row) => row.slice(0, 3)))),
      bptt.zeros(2, 3),
    );
    const params = { ...transposeEach(lstmParams(fixed)), Wf: rows };
    const { xs, objectives } = transposeEach(dataOf(fixed));
    const { steps } = bptt.lstmManyToOneRows(params, xs, objectives[0]);
    const bias = params.bf;
    // At t = 1 with h_0 = 0 the forget gate then sees its bias alone.
    const expected = build(3, 3, (_, j) => 1 / (1 + Math.exp(-at(bias, 0, j))));
    expectAgreement("f_1", steps[0]?.gates.f ?? bias, expected);
  });

  it("transposes matrices wherever they stand, and hands on all else untouched", () => {
    const activation = bptt.relu;
    class Own {
      readonly m = bptt.zeros(1, 2);
    }
    const own = new Own();
    const tree = { a: [bptt.fromRows([[1, 2]])], activation, n: 3, nothing: undefined, text: "x", own };
    const { a, ...rest } = transposeEach(tree);
    expect(a).toEqual([bptt.fromRows([[1], [2]])]);
    expect(rest).toEqual({ activation, n: 3, nothing: undefined, text: "x", own });
    expect(rest.own).toBe(own);
  });
});
