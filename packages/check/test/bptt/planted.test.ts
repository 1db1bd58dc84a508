/** Mistakes that run without complaint: the comparison with the numeric derivative must see each of them. */
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import {
  add,
  columns,
  map,
  matmul,
  mul,
  sub,
  sumBatch,
  transpose,
  vstack,
  zip,
} from "../../src/bptt/matrix.js";
import type { Matrix } from "../../src/bptt/matrix.js";
import { dataOf, gruParams, lstmParams, rnnParams, type Sizes } from "./cases.js";
import { disagreement, numericGradient, TOLERANCE, type Read } from "./numeric.js";
import { plainGru, plainLstm, plainRnn } from "./plain.js";

const sizeOfRun = (T: number): Sizes => ({ T, input: 2, hidden: 3, output: 2, batch: 2, seed: 19 });

/** The right gradient passes, the mistaken one is off by far more than the tolerance. */
function expectCaught(right: Matrix, mistaken: Matrix, numeric: Matrix): void {
  expect(disagreement(right, numeric)).toBeLessThan(TOLERANCE);
  expect(disagreement(mistaken, numeric)).toBeGreaterThan(1000 * TOLERANCE);
}

const rnnMistakes = [
  "W_hh without its transpose",
  "h_t in place of h_{t−1}",
  "act′ of the step before",
  "step 1 dropped",
  "recurrence cut before step 1",
  "local term forgotten",
] as const;

/** dL/dW_hh by the loop of the derivation, with one mistake. */
function mistakenWhh(
  mistake: (typeof rnnMistakes)[number] | "none",
  { Whh }: bptt.RnnParams,
  h0: Matrix,
  { steps, outputs }: bptt.RnnResult,
): Matrix {
  let sum = bptt.zeros(Whh.rows, Whh.cols);
  let recurrent = bptt.zeros(h0.rows, h0.cols);
  for (const { t, h, dh } of steps.toReversed()) {
    const previous = steps[t - 2]?.h ?? h0;
    const last = t === outputs.at(-1)?.t;
    const local = mistake === "local term forgotten" && !last ? bptt.zeros(h.rows, h.cols) : dh.local;
    const slope = map(mistake === "act′ of the step before" ? previous : h, (value) => 1 - value * value);
    const dz = mul(add(local, recurrent), slope);
    const term = matmul(dz, transpose(mistake === "h_t in place of h_{t−1}" ? h : previous));
    if (!(mistake === "step 1 dropped" && t === 1)) sum = add(sum, term);
    recurrent = matmul(mistake === "W_hh without its transpose" ? Whh : transpose(Whh), dz);
    if (mistake === "recurrence cut before step 1" && t === 2) recurrent = map(recurrent, () => 0);
  }
  return sum;
}

describe.each([2, 4, 10])("RNN, T = %i", (T) => {
  it.each(rnnMistakes)("catches: %s", (mistake) => {
    const params = rnnParams(sizeOfRun(T));
    const { xs, h0, objectives } = dataOf(sizeOfRun(T));
    const result = bptt.rnnManyToMany(params, xs, objectives, { h0 });
    const loss = (read: Read) => plainRnn(params, { xs, h0, objectives }, bptt.tanh, read);
    const numeric = numericGradient(loss, "Whh", params.Whh);
    expect(disagreement(mistakenWhh("none", params, h0, result), numeric)).toBeLessThan(TOLERANCE);
    expectCaught(result.gradients.params.Whh, mistakenWhh(mistake, params, h0, result), numeric);
  });
});

describe("LSTM", () => {
  const size = sizeOfRun(4);
  const params = lstmParams(size);
  const { xs, h0, c0, dcT, objectives } = dataOf(size);
  const result = bptt.lstmManyToMany(params, xs, objectives, { h0, c0, dcT });
  const loss = (read: Read) => plainLstm(params, { xs, h0, c0, dcT, objectives }, read);
  const [s1, s2, s3] = result.steps;
  const [, x2] = xs;
  if (s1 === undefined || s2 === undefined || s3 === undefined || x2 === undefined) throw new Error("T < 3");
  const slope = (s: Matrix) => map(s, (value) => value * (1 - value));

  it.each(["o", "f", "i", "cTilde"] as const)("catches: path %s left out of dL/dh_{t−1}", (gate) => {
    const mistaken = sub(s2.dh.total, s3.paths[gate]);
    expectCaught(s2.dh.total, mistaken, numericGradient(loss, "h", h0, 2));
  });

  it("catches: W_fh without its transpose", () => {
    const mistaken = matmul(columns(params.Wf, 0, 3), s2.dz.f);
    expectCaught(s2.paths.f, mistaken, numericGradient(loss, "h→f", h0, 2));
  });

  it("catches: [h_t; x_t] in place of [h_{t−1}; x_t]", () => {
    const mistaken = matmul(s2.dz.f, transpose(vstack(s2.h, x2)));
    expectCaught(s2.terms.Wf, mistaken, numericGradient(loss, "Wf", params.Wf, 2));
  });

  it("catches: c_t in place of c_{t−1} in dL/dz_f", () => {
    const mistaken = sumBatch(mul(s2.dc.total, s2.c, slope(s2.gates.f)));
    expectCaught(s2.terms.bf, mistaken, numericGradient(loss, "bf", params.bf, 2));
  });

  it("catches: f_t in place of f_{t+1} on the way from c_{t+1} to c_t", () => {
    const mistaken = mul(s2.gates.f, s3.dc.total);
    expectCaught(s2.dc.fromNext, mistaken, numericGradient(loss, "c→c", c0, 3));
  });

  it("catches: step 1 dropped from dL/dW_i", () => {
    const { Wi } = result.gradients.params;
    expectCaught(Wi, sub(Wi, s1.terms.Wi), numericGradient(loss, "Wi", params.Wi));
  });

  it("catches: gates i and c̃ swapped", () => {
    const { Wi, Wc } = result.gradients.params;
    expectCaught(Wi, Wc, numericGradient(loss, "Wi", params.Wi));
  });

  it("catches: a bias gradient of one sample in place of the sum over the batch", () => {
    expectCaught(s2.terms.bo, columns(s2.dz.o, 0, 1), numericGradient(loss, "bo", params.bo, 2));
  });
});

describe("GRU", () => {
  const size = sizeOfRun(4);
  const params = gruParams(size);
  const { xs, h0, objectives } = dataOf(size);
  const result = bptt.gruManyToMany(params, xs, objectives, { h0 });
  const loss = (read: Read) => plainGru(params, { xs, h0, objectives }, read);
  const [s1, s2, s3] = result.steps;
  if (s1 === undefined || s2 === undefined || s3 === undefined) throw new Error("T < 3");

  it("catches: r applied after W_hnᵀ, as if it scaled h_{t−1} and not W_hn h_{t−1}", () => {
    const mistaken = mul(s2.gates.r, matmul(transpose(params.Whn), s2.da.n));
    expectCaught(s2.paths.n, mistaken, numericGradient(loss, "h→n", h0, 2));
  });

  it("catches: r forgotten in dL/db_hn", () => {
    expectCaught(s2.terms.bhn, sumBatch(s2.da.n), numericGradient(loss, "bhn", params.bhn, 2));
  });

  it("catches: z and 1 − z mixed up on the direct path", () => {
    const mistaken = zip(s2.gates.z, s2.dh.total, (z, dh) => (1 - z) * dh);
    expectCaught(s2.paths.direct, mistaken, numericGradient(loss, "h→h", h0, 2));
  });

  it.each(["r", "z", "n", "direct"] as const)("catches: path %s left out of dL/dh_{t−1}", (path) => {
    const mistaken = sub(s2.dh.total, s3.paths[path]);
    expectCaught(s2.dh.total, mistaken, numericGradient(loss, "h", h0, 2));
  });

  it("catches: step 1 dropped from dL/dW_hz", () => {
    const { Whz } = result.gradients.params;
    expectCaught(Whz, sub(Whz, s1.terms.Whz), numericGradient(loss, "Whz", params.Whz));
  });
});
