import { describe, expect, test } from "vitest";
import * as bptt from "@tapeloop/check/bptt";
import {
  add,
  affine,
  concat,
  grad,
  index,
  mul,
  sigmoid,
  stack,
  sum,
  tanh,
  type Tensor,
} from "@tapeloop/core";
import { lstm, unroll, type LstmParams } from "@tapeloop/nn";
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

const [T, input, hidden, output, batch] = [5, 2, 3, 2, 4];
const gates = ["f", "i", "cTilde", "o"] as const;
type Gate = (typeof gates)[number];
type Weights = Readonly<Record<keyof bptt.LstmParams, Tensor>>;

const draw = matrices(11);
const W = () => draw(hidden, hidden + input);
const b = () => draw(hidden, 1);
const params: bptt.LstmParams = {
  ...{ Wf: W(), bf: b(), Wi: W(), bi: b(), Wc: W(), bc: b(), Wo: W(), bo: b() },
  ...{ Wy: draw(output, hidden), by: draw(output, 1) },
};
const xs = Array.from({ length: T }, () => draw(input, batch));
const [h0, c0, dcT] = [draw(hidden, batch), draw(hidden, batch), draw(hidden, batch)];
const objectives = targets(T, draw, output, batch);

/** The weights of the formulas, W · [h; x], as our cell reads them, [h, x] · W. */
function rowsOf(w: Weights): LstmParams {
  return {
    ...{ wf: turned(w.Wf), bf: bias(w.bf), wi: turned(w.Wi), bi: bias(w.bi) },
    ...{ wc: turned(w.Wc), bc: bias(w.bc), wo: turned(w.Wo), bo: bias(w.bo) },
  };
}

describe("the tape finds the gradients derived by hand", () => {
  test.each([
    ["many to one", "scan", lastOnly(objectives)],
    ["many to one", "loop", lastOnly(objectives)],
    ["many to many", "scan", objectives],
    ["many to many", "loop", objectives],
  ] as const)("%s, in mode %s", (_name, mode, asked) => {
    const loss = (w: Weights, x: Tensor, h: Tensor, c: Tensor): Tensor => {
      const run = unroll(lstm, rowsOf(w), x, { state: { h, c }, layout: "columns", mode });
      return add(lossOf(w.Wy, w.by, run.outputs, asked), sum(mul(run.state.c, tensorOf(dcT))));
    };
    const gradient = grad(loss, { argnums: [0, 1, 2, 3] });
    const [dw, dx, dh, dc] = gradient(tensorsOf(params), overTime(xs), tensorOf(h0), tensorOf(c0));
    const { gradients, loss: value } = bptt.lstmManyToMany(params, xs, asked, { h0, c0, dcT });
    expect(loss(tensorsOf(params), overTime(xs), tensorOf(h0), tensorOf(c0)).item()).toBeCloseTo(value, 12);
    expectSame(
      { params: dw, xs: dx, h0: dh, c0: dc },
      {
        params: tensorsOf(gradients.params),
        xs: overTime(gradients.xs),
        h0: tensorOf(gradients.h0),
        c0: tensorOf(gradients.c0),
      },
    );
  });
});

describe("each part of the derivation by itself", () => {
  const { steps } = bptt.lstmManyToMany(params, xs, objectives, { h0, c0, dcT });
  const w = tensorsOf(params);
  const zero = nothing(T, batch, hidden);
  const loss = (hs: readonly Tensor[], c: Tensor): Tensor =>
    add(lossOf(w.Wy, w.by, stack(hs), objectives), sum(mul(c, turned(tensorOf(dcT)))));

  test("dL/dz of every gate, dL/dh_t local and recurrent, and what c_{t+1} sends to c_t", () => {
    const run = (
      zs: Readonly<Record<Gate, Tensor>>,
      local: Tensor,
      recurrent: Tensor,
      next: Tensor,
    ): Tensor => {
      const own = rowsOf(w);
      const hs: Tensor[] = [];
      let state = { h: turned(tensorOf(h0)), c: turned(tensorOf(c0)) };
      for (let t = 0; t < T; t++) {
        const shifted = {
          ...own,
          ...{ bf: add(own.bf, index(zs.f, t)), bi: add(own.bi, index(zs.i, t)) },
          ...{ bc: add(own.bc, index(zs.cTilde, t)), bo: add(own.bo, index(zs.o, t)) },
        };
        const { state: made } = lstm.step(shifted, state, turned(tensorOf(xs[t]!)));
        hs.push(turned(add(made.h, index(local, t))));
        state = { h: add(made.h, index(recurrent, t)), c: add(made.c, index(next, t)) };
      }
      return loss(hs, state.c);
    };
    const zs = { f: zero, i: zero, cTilde: zero, o: zero };
    const [dz, local, recurrent, next] = grad(run, { argnums: [0, 1, 2, 3] })(zs, zero, zero, zero);
    for (const gate of gates) expectSame(turned(dz[gate]), overTime(steps.map((step) => step.dz[gate])));
    expectSame(turned(local), overTime(steps.map(({ dh }) => dh.local)));
    expectSame(turned(recurrent), overTime(steps.map(({ dh }) => dh.recurrent)));
    expectSame(turned(next), overTime(steps.map(({ dc }) => dc.fromNext)));
  });

  test("the four paths from step t back to h_{t−1}, through o, f, i and c̃, and their sum", () => {
    const run = (paths: Readonly<Record<Gate, Tensor>>, all: Tensor): Tensor => {
      const hs: Tensor[] = [];
      let state = { h: turned(tensorOf(h0)), c: turned(tensorOf(c0)) };
      for (let t = 0; t < T; t++) {
        const h = add(state.h, index(all, t));
        const at = (gate: Gate): Tensor => add(h, index(paths[gate], t));
        const x = turned(tensorOf(xs[t]!));
        const made = stepByPaths(
          rowsOf(w),
          { f: at("f"), i: at("i"), cTilde: at("cTilde"), o: at("o") },
          state.c,
          x,
        );
        const { state: plain } = lstm.step(rowsOf(w), { h, c: state.c }, x);
        expect(difference(made.h, plain.h)).toBe(0);
        expect(difference(made.c, plain.c)).toBe(0);
        hs.push(turned(made.h));
        state = made;
      }
      return loss(hs, state.c);
    };
    const [paths, all] = grad(run, { argnums: [0, 1] })({ f: zero, i: zero, cTilde: zero, o: zero }, zero);
    for (const gate of gates)
      expectSame(turned(paths[gate]), overTime(steps.map((step) => step.paths[gate])));
    expectSame(
      gates.map((gate) => paths[gate]).reduce((a, c) => add(a, c)),
      all,
    );
  });
});

/** The step of the LSTM, with an h of its own for each gate. */
function stepByPaths(p: LstmParams, h: Readonly<Record<Gate, Tensor>>, c: Tensor, x: Tensor) {
  const f = sigmoid(affine(concat([h.f, x]), p.wf, p.bf));
  const i = sigmoid(affine(concat([h.i, x]), p.wi, p.bi));
  const candidate = tanh(affine(concat([h.cTilde, x]), p.wc, p.bc));
  const o = sigmoid(affine(concat([h.o, x]), p.wo, p.bo));
  const next = add(mul(f, c), mul(i, candidate));
  return { h: mul(o, tanh(next)), c: next };
}
