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
  sub,
  tanh,
  type Tensor,
} from "@tapeloop/core";
import { gru, unroll, type GruParams } from "@tapeloop/nn";
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
const ways = ["r", "z", "n", "direct"] as const;
type Way = (typeof ways)[number];
type Weights = Readonly<Record<keyof bptt.GruParams, Tensor>>;

const draw = matrices(23);
const onInput = () => draw(hidden, input);
const onState = () => draw(hidden, hidden);
const b = () => draw(hidden, 1);
const params: bptt.GruParams = {
  ...{ Wir: onInput(), bir: b(), Whr: onState(), bhr: b() },
  ...{ Wiz: onInput(), biz: b(), Whz: onState(), bhz: b() },
  ...{ Win: onInput(), bin: b(), Whn: onState(), bhn: b() },
  ...{ Wy: draw(output, hidden), by: draw(output, 1) },
};
const xs = Array.from({ length: T }, () => draw(input, batch));
const h0 = draw(hidden, batch);
const objectives = targets(T, draw, output, batch);

/** The weights of the formulas, apart for x and h, as our cell reads them: [h, x] · w for the two gates. */
function rowsOf(w: Weights): GruParams {
  return {
    wr: concat([turned(w.Whr), turned(w.Wir)], 0),
    br: bias(add(w.bir, w.bhr)),
    wz: concat([turned(w.Whz), turned(w.Wiz)], 0),
    bz: bias(add(w.biz, w.bhz)),
    wxn: turned(w.Win),
    bxn: bias(w.bin),
    whn: turned(w.Whn),
    bhn: bias(w.bhn),
  };
}

test.each([
  ["many to one", "scan", lastOnly(objectives)],
  ["many to one", "loop", lastOnly(objectives)],
  ["many to many", "scan", objectives],
  ["many to many", "loop", objectives],
] as const)("the tape finds the gradients derived by hand, %s, in mode %s", (_name, mode, asked) => {
  const loss = (w: Weights, x: Tensor, h: Tensor): Tensor => {
    const { outputs } = unroll(gru, rowsOf(w), x, { state: { h }, layout: "columns", mode });
    return lossOf(w.Wy, w.by, outputs, asked);
  };
  const gradient = grad(loss, { argnums: [0, 1, 2] });
  const [dw, dx, dh] = gradient(tensorsOf(params), overTime(xs), tensorOf(h0));
  const { gradients, loss: value } = bptt.gruManyToMany(params, xs, asked, { h0 });
  expect(loss(tensorsOf(params), overTime(xs), tensorOf(h0)).item()).toBeCloseTo(value, 12);
  expectSame(
    { params: dw, xs: dx, h0: dh },
    { params: tensorsOf(gradients.params), xs: overTime(gradients.xs), h0: tensorOf(gradients.h0) },
  );
});

describe("each part of the derivation by itself", () => {
  const { steps } = bptt.gruManyToMany(params, xs, objectives, { h0 });
  const w = tensorsOf(params);
  const zero = nothing(T, batch, hidden);

  test("the four paths from step t back to h_{t−1}, through r, z, n and h_t itself, and their sum", () => {
    const run = (paths: Readonly<Record<Way, Tensor>>, local: Tensor, recurrent: Tensor): Tensor => {
      const hs: Tensor[] = [];
      let carried = turned(tensorOf(h0));
      for (let t = 0; t < T; t++) {
        const at = (way: Way): Tensor => add(carried, index(paths[way], t));
        const x = turned(tensorOf(xs[t]!));
        const h = stepByPaths(rowsOf(w), { r: at("r"), z: at("z"), n: at("n"), direct: at("direct") }, x);
        expect(difference(h, gru.step(rowsOf(w), { h: carried }, x).output)).toBe(0);
        hs.push(turned(add(h, index(local, t))));
        carried = add(h, index(recurrent, t));
      }
      return lossOf(w.Wy, w.by, stack(hs), objectives);
    };
    const zeros = { r: zero, z: zero, n: zero, direct: zero };
    const [paths, local, recurrent] = grad(run, { argnums: [0, 1, 2] })(zeros, zero, zero);
    for (const way of ways) expectSame(turned(paths[way]), overTime(steps.map((step) => step.paths[way])));
    expectSame(turned(local), overTime(steps.map(({ dh }) => dh.local)));
    expectSame(turned(recurrent), overTime(steps.map(({ dh }) => dh.recurrent)));
  });
});

/** The step of the GRU, with an h of its own wherever it is read. */
function stepByPaths(p: GruParams, h: Readonly<Record<Way, Tensor>>, x: Tensor): Tensor {
  const r = sigmoid(affine(concat([h.r, x]), p.wr, p.br));
  const z = sigmoid(affine(concat([h.z, x]), p.wz, p.bz));
  const n = tanh(add(affine(x, p.wxn, p.bxn), mul(r, affine(h.n, p.whn, p.bhn))));
  return add(mul(sub(1, z), n), mul(z, h.direct));
}
