import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import { add } from "../../src/bptt/matrix.js";
import { dataOf, gruParams, lastOnly, sizes, type Sizes } from "./cases.js";
import { asIs, expectAgreement, expectSame, numericGradient, type Read } from "./numeric.js";
import { plainGru } from "./plain.js";

const runs = { numRuns: 8 };
const weights = ["Wir", "bir", "Whr", "bhr", "Wiz", "biz", "Whz", "bhz", "Win", "bin", "Whn", "bhn"] as const;
const readers = [
  ["r", "r"],
  ["z", "z"],
  ["n", "n"],
  ["direct", "h"],
] as const;

/** The result of one form of the network, beside the plain loss it must be the gradient of. */
function setUp(form: "many-to-one" | "many-to-many", size: Sizes) {
  const params = gruParams(size);
  const { xs, h0, objectives } = dataOf(size);
  const one = form === "many-to-one";
  const result = one
    ? bptt.gruManyToOne(params, xs, objectives.at(-1) ?? objectives[0], { h0 })
    : bptt.gruManyToMany(params, xs, objectives, { h0 });
  const run = { xs, h0, objectives: one ? lastOnly(objectives) : objectives };
  return { params, h0, result, loss: (read: Read) => plainGru(params, run, read) };
}

describe.each(["many-to-one", "many-to-many"] as const)("GRU %s", (form) => {
  it("has the numeric derivative in every weight, bias, input and in h_0", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { params, h0, result, loss } = setUp(form, size);
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
      }),
      runs,
    );
  });

  it.each(readers)(
    "path %s: what h_{t−1} gets through it alone is the numeric derivative",
    (path, reader) => {
      fc.assert(
        fc.property(sizes, (size) => {
          const { h0, result, loss } = setUp(form, size);
          for (const { t, paths } of result.steps) {
            expectAgreement(
              `path ${path} of step ${t}`,
              paths[path],
              numericGradient(loss, `h→${reader}`, h0, t),
            );
          }
        }),
        runs,
      );
    },
  );

  it("dL/dh_{t−1} is its local term plus the four paths", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { h0, result, loss } = setUp(form, size);
        for (const { t, paths, dh } of result.steps) {
          const four = add(paths.r, paths.z, paths.n, paths.direct);
          expectSame(`dL/dh_${t - 1}`, result.steps[t - 2]?.dh.recurrent ?? result.gradients.h0, four);
          expectAgreement(`dL/dh_${t}`, dh.total, numericGradient(loss, "h", h0, t));
          expectAgreement(`local dL/dh_${t}`, dh.local, numericGradient(loss, "h→y", h0, t));
        }
      }),
      runs,
    );
  });

  it("the term of each step in each weight's gradient is the numeric derivative of that step's use", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { params, result, loss } = setUp(form, size);
        for (const { t, terms, da } of result.steps) {
          for (const name of weights) {
            expectAgreement(
              `term ${t} of ${name}`,
              terms[name],
              numericGradient(loss, name, params[name], t),
            );
          }
          if (size.batch > 1) continue;
          // With one sample a bias is the pre-activation's own disturbance, so its term is dL/da_g.
          for (const g of ["r", "z", "n"] as const) expectSame(`dL/da_${g}`, da[g], terms[`bi${g}`]);
        }
      }),
      runs,
    );
  });
});
