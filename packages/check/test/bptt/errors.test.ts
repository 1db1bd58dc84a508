import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import { add, at, matmul, vstack } from "../../src/bptt/matrix.js";
import { dataOf, gruParams, lstmParams, rnnParams, type Sizes } from "./cases.js";

const { fromRows, zeros } = bptt;
const size: Sizes = { T: 3, input: 2, hidden: 3, output: 1, batch: 4, seed: 23 };
const { xs, h0, objectives } = dataOf(size);
const [objective] = objectives;
const rnn = rnnParams(size);
const lstm = lstmParams(size);
const gru = gruParams(size);

describe("a wrong size is named with what was got and what was expected", () => {
  it("in the weights of each cell", () => {
    const Whh = zeros(3, 2);
    expect(() => bptt.rnnManyToOne({ ...rnn, Whh }, xs, objective)).toThrow(
      "rnnManyToOne: W_hh is [3, 2], expected [3, 3] (hidden, hidden)",
    );
    expect(() => bptt.lstmManyToOne({ ...lstm, Wc: zeros(3, 4) }, xs, objective)).toThrow(
      "lstmManyToOne: W_c̃ is [3, 4], expected [3, 5] (hidden, hidden + input)",
    );
    expect(() => bptt.gruManyToMany({ ...gru, bhn: zeros(1, 3) }, xs, objectives)).toThrow(
      "gruManyToMany: b_hn is [1, 3], expected [3, 1] (hidden, one)",
    );
  });

  it("in the data, with the time step", () => {
    expect(() => bptt.rnnManyToMany(rnn, [zeros(2, 4), zeros(2, 5), zeros(2, 4)], objectives)).toThrow(
      "rnnManyToMany: x_2 is [2, 5], expected [2, 4] (input, batch)",
    );
    expect(() => bptt.rnnManyToOne(rnn, xs, { target: zeros(4, 1) })).toThrow(
      "rnnManyToOne: target_3 is [4, 1], expected [1, 4] (output, batch)",
    );
    expect(() => bptt.lstmManyToOne(lstm, xs, { dy: zeros(1, 3) })).toThrow(
      "lstmManyToOne: dL/dy_3 is [1, 3], expected [1, 4] (output, batch)",
    );
    expect(() => bptt.gruManyToOne(gru, xs, objective, { h0: zeros(3, 1) })).toThrow(
      "gruManyToOne: h_0 is [3, 1], expected [3, 4] (hidden, batch)",
    );
    expect(() => bptt.lstmManyToOne(lstm, xs, objective, { c0: zeros(4, 3) })).toThrow("c_0 is [4, 3]");
    expect(() => bptt.lstmManyToOne(lstm, xs, objective, { dcT: zeros(1, 4) })).toThrow("dL/dc_T is [1, 4]");
  });

  it("in the number of objectives", () => {
    expect(() => bptt.rnnManyToMany(rnn, xs, [objective])).toThrow(
      "rnnManyToMany: got 1 objectives for 3 inputs, expected one for each step",
    );
  });

  it("when a matrix holds another number of entries than its size says", () => {
    const by = { rows: 1, cols: 1, data: new Float64Array(2) };
    expect(() => bptt.rnnManyToOne({ ...rnn, by }, xs, objective)).toThrow(
      "rnnManyToOne: b_y holds 2 numbers, expected 1 for [1, 1]",
    );
  });
});

describe("a size of zero is refused by name", () => {
  it("no steps", () => {
    expect(() => bptt.rnnManyToOne(rnn, [], objective)).toThrow("got 0 time steps, expected at least 1");
    expect(() => bptt.rnnOneToMany(rnn, zeros(2, 4), [])).toThrow("rnnOneToMany: got 0 time steps");
    expect(() => bptt.lstmManyToMany(lstm, [], [])).toThrow("lstmManyToMany: got 0 time steps");
    expect(() => bptt.gruManyToOne(gru, [], objective)).toThrow("gruManyToOne: got 0 time steps");
  });

  it("an empty batch, input, hidden or output", () => {
    const none = [zeros(2, 0)];
    const message = "size is 0, expected a whole number of at least 1";
    expect(() => bptt.rnnManyToOne(rnn, none, objective)).toThrow(`rnnManyToOne: batch ${message}`);
    expect(() => bptt.lstmManyToOne(lstm, [zeros(0, 4)], objective)).toThrow(`input ${message}`);
    expect(() => bptt.gruManyToOne({ ...gru, Whr: zeros(0, 0) }, xs, objective)).toThrow(`hidden ${message}`);
    expect(() => bptt.rnnManyToOne({ ...rnn, Why: zeros(0, 3) }, xs, objective)).toThrow(`output ${message}`);
  });
});

describe("numbers that are not finite are refused with their place", () => {
  it("in what is given", () => {
    const x = fromRows([
      [0, 1, 2, 3],
      [0, NaN, 2, 3],
    ]);
    expect(() => bptt.rnnManyToOne(rnn, [x], objective)).toThrow(
      "rnnManyToOne: x_1 is NaN at [1, 1], expected finite numbers",
    );
    const bo = fromRows([[1], [2], [-Infinity]]);
    expect(() => bptt.lstmManyToOne({ ...lstm, bo }, xs, objective)).toThrow("b_o is -Infinity at [2, 0]");
  });

  it("in states that overflow, with the time step", () => {
    const huge = fromRows([[1e200]]);
    const one = fromRows([[1]]);
    const params = { Wxh: one, Whh: huge, bh: zeros(1, 1), Why: one, by: zeros(1, 1) };
    const growing = { activation: bptt.relu, h0: one };
    const dy = { dy: one };
    expect(() => bptt.rnnManyToOne(params, [one, one, one], dy, growing)).toThrow(
      "rnnManyToOne: h_2 is Infinity at [0, 0], the values overflowed",
    );
    expect(() => bptt.rnnManyToOne2(params, [one, one], dy, growing)).toThrow(
      "rnnManyToOne2: h_2 is Infinity",
    );
  });

  it("in a gradient or a loss that overflows", () => {
    const one = fromRows([[1]]);
    const zero = zeros(1, 1);
    const linear = { Wxh: zero, Whh: fromRows([[1e200]]), bh: zero, Why: one, by: zero };
    const identity = { activation: bptt.identity };
    expect(() => bptt.rnnManyToOne(linear, [one, one, one], { dy: one }, identity)).toThrow(
      "rnnManyToOne: dL/dz_1 is Infinity at [0, 0], the values overflowed",
    );
    const target = { target: fromRows([[1e200]]) };
    expect(() => bptt.rnnManyToOne(linear, [one], target)).toThrow("loss L_1 is Infinity");
  });
});

describe("the matrix helper", () => {
  it("refuses sizes that do not fit", () => {
    expect(() => matmul(zeros(2, 3), zeros(4, 5))).toThrow("[2, 3] · [4, 5]: inner sizes differ (3 vs 4)");
    expect(() => add(zeros(2, 3), zeros(3, 2))).toThrow("[2, 3] and [3, 2]: sizes differ");
    expect(() => vstack(zeros(2, 3), zeros(2, 2))).toThrow("columns differ");
    expect(() => fromRows([[1, 2], [3]])).toThrow("row 1 has 1 numbers, expected 2");
    expect(() => at(zeros(2, 2), 0, 2)).toThrow("entry (0, 2) is outside [2, 2]");
  });

  it("multiplies and transposes as on paper", () => {
    const a = fromRows([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const b = fromRows([[1], [0], [-1]]);
    expect(bptt.toRows(matmul(a, b))).toEqual([[-2], [-2]]);
    expect(bptt.transpose(matmul(a, b))).toEqual(matmul(bptt.transpose(b), bptt.transpose(a)));
    expect(h0.data).toHaveLength(12);
  });
});

it("the formulas import nothing from outside their folder, so no tape can leak into its own witness", () => {
  const folder = new URL("../../src/bptt/", import.meta.url);
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const source = readFileSync(new URL(file, folder), "utf8");
    for (const [, from] of source.matchAll(/\bfrom "([^"]+)"/g))
      expect(from, file).toMatch(/^\.\/[\w-]+\.js$/);
    expect(source).not.toMatch(/\bimport\(|\brequire\(/);
  }
});
