import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import { add } from "../../src/bptt/matrix.js";
import { dataOf, lastOnly, lstmParams, sizes, type Sizes } from "./cases.js";
import {
  asIs,
  derivative,
  disagreement,
  expectAgreement,
  expectSame,
  numericGradient,
  type Read,
} from "./numeric.js";
import { plainLstm } from "./plain.js";

const runs = { numRuns: 8 };
const weights = ["Wf", "bf", "Wi", "bi", "Wc", "bc", "Wo", "bo"] as const;
const gates = [
  ["o", "o"],
  ["f", "f"],
  ["i", "i"],
  ["cTilde", "c"],
] as const;

/** The result of one form of the network, beside the plain loss it must be the gradient of. */
function setUp(form: "many-to-one" | "many-to-many", size: Sizes) {
  const params = lstmParams(size);
  const { xs, h0, c0, dcT, objectives } = dataOf(size);
  const one = form === "many-to-one";
  const result = one
    ? bptt.lstmManyToOne(params, xs, objectives.at(-1) ?? objectives[0], { h0, c0, dcT })
    : bptt.lstmManyToMany(params, xs, objectives, { h0, c0, dcT });
  const run = { xs, h0, c0, dcT, objectives: one ? lastOnly(objectives) : objectives };
  return { params, h0, c0, result, loss: (read: Read) => plainLstm(params, run, read) };
}

describe.each(["many-to-one", "many-to-many"] as const)("LSTM %s", (form) => {
  it("has the numeric derivative in every weight, bias, input and initial state", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { params, h0, c0, result, loss } = setUp(form, size);
        const { gradients } = result;
        expect(result.loss).toBeCloseTo(loss(asIs), 12);
        for (const name of [...weights, "Wy", "by"] as const) {
          expectAgreement(name, gradients.params[name], numericGradient(loss, name, params[name]));
        }
        expect(gradients.xs).toHaveLength(size.T);
        gradients.xs.forEach((dx, index) => {
          expectAgreement(`x_${index + 1}`, dx, numericGradient(loss, "x", dx, index + 1));
        });
        expectAgreement("h_0", gradients.h0, numericGradient(loss, "h", h0, 0));
        expectAgreement("c_0", gradients.c0, numericGradient(loss, "c", c0, 0));
      }),
      runs,
    );
  });

  it.each(gates)(
    "path %s: what h_{t−1} gets through this gate alone is the numeric derivative",
    (gate, g) => {
      fc.assert(
        fc.property(sizes, (size) => {
          const { h0, result, loss } = setUp(form, size);
          for (const { t, paths } of result.steps) {
            expectAgreement(`path ${gate} of step ${t}`, paths[gate], numericGradient(loss, `h→${g}`, h0, t));
          }
        }),
        runs,
      );
    },
  );

  it("dL/dh_{t−1} is its local term plus the four paths, and each part is the numeric derivative", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { h0, result, loss } = setUp(form, size);
        for (const { t, paths } of result.steps) {
          const four = add(paths.o, paths.f, paths.i, paths.cTilde);
          const before = result.steps[t - 2]?.dh;
          if (before === undefined) expectSame("h_0", result.gradients.h0, four);
          else {
            expectSame(`recurrent dL/dh_${t - 1}`, before.recurrent, four);
            expectSame(`dL/dh_${t - 1}`, before.total, add(before.local, four));
          }
        }
        for (const { t, dh } of result.steps) {
          expectAgreement(`dL/dh_${t}`, dh.total, numericGradient(loss, "h", h0, t));
          expectAgreement(`local dL/dh_${t}`, dh.local, numericGradient(loss, "h→y", h0, t));
        }
      }),
      runs,
    );
  });

  it("dL/dc_t: the part through h_t and the part through c_{t+1} are right, each by itself", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { c0, result, loss } = setUp(form, size);
        for (const { t, dc } of result.steps) {
          expectAgreement(`dL/dc_${t}`, dc.total, numericGradient(loss, "c", c0, t));
          expectAgreement(`c_${t} to h_${t}`, dc.fromHidden, numericGradient(loss, "c→h", c0, t));
          expectAgreement(`c_${t} to c_${t + 1}`, dc.fromNext, numericGradient(loss, "c→c", c0, t + 1));
        }
      }),
      runs,
    );
  });

  it("the term of each step in each weight's gradient is the numeric derivative of that step's use", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { params, result, loss } = setUp(form, size);
        for (const { t, terms, dz } of result.steps) {
          for (const name of weights) {
            expectAgreement(
              `term ${t} of ${name}`,
              terms[name],
              numericGradient(loss, name, params[name], t),
            );
          }
          if (size.batch > 1) continue;
          // With one sample a bias is the pre-activation's own disturbance, so its term is dL/dz_g.
          for (const [gate, g] of gates) expectSame(`dL/dz_${g}`, dz[gate], terms[`b${g}`]);
        }
      }),
      runs,
    );
  });
});

describe("LSTM", () => {
  const size: Sizes = { T: 5, input: 2, hidden: 3, output: 2, batch: 2, seed: 3 };

  it("takes h_0, c_0 and dL/dc_T as 0 unless told otherwise", () => {
    const params = lstmParams(size);
    const { xs, objectives } = dataOf(size);
    const zero = bptt.zeros(3, 2);
    const result = bptt.lstmManyToOne(params, xs, objectives[0]);
    expect(result).toEqual(bptt.lstmManyToOne(params, xs, objectives[0], { h0: zero, c0: zero, dcT: zero }));
  });

  it("has the numeric derivative over 100 steps, to 1e-9 of the largest entry", () => {
    const long = { ...size, T: 100, hidden: 4 };
    const { params, result, loss } = setUp("many-to-many", long);
    const { Wf } = result.gradients.params;
    const largest = Math.max(...Wf.data.map(Math.abs));
    for (const [i, j] of [
      [0, 0],
      [1, 3],
      [2, 5],
      [3, 1],
    ] as const) {
      const numeric = derivative((step) =>
        loss((site, _t, row, col, value) => (site === "Wf" && row === i && col === j ? value + step : value)),
      );
      const exact = Wf.data[i * params.Wf.cols + j] ?? NaN;
      expect(Math.abs(exact - numeric) / largest).toBeLessThan(1e-9);
    }
  });

  it("no two paths are alike, so a mix-up of gates cannot pass", () => {
    const { result } = setUp("many-to-many", size);
    for (const { paths } of result.steps) {
      const all = [paths.o, paths.f, paths.i, paths.cTilde];
      all.forEach((a, m) =>
        all.slice(m + 1).forEach((b) => expect(disagreement(a, b)).toBeGreaterThan(1e-2)),
      );
    }
  });
});
