import { add, affine, concat, label, mul, record, scope, sigmoid, tanh, zeros, type Tape, type Tensor } from "@tapeloop/core";

const batch = 8, input = 3, hidden = 32;

interface Params { wf: Tensor; bf: Tensor; wi: Tensor; bi: Tensor; wc: Tensor; bc: Tensor; wo: Tensor; bo: Tensor }

export function params(): Params {
  const w = () => zeros([hidden + input, hidden]);
  const b = () => zeros([hidden]);
  return { wf: w(), bf: b(), wi: w(), bi: b(), wc: w(), bc: b(), wo: w(), bo: b() };
}

export function step(p: Params, s: { h: Tensor; c: Tensor }, x: Tensor) {
  return scope("lstm", () => {
    const z = concat([s.h, x], -1);
    const f = scope("forget", () => label(sigmoid(affine(z, p.wf, p.bf)), "f"));
    const i = scope("input", () => label(sigmoid(affine(z, p.wi, p.bi)), "i"));
    const g = scope("candidate", () => label(tanh(affine(z, p.wc, p.bc)), "c̃"));
    const o = scope("output", () => label(sigmoid(affine(z, p.wo, p.bo)), "o"));
    const c = label(add(mul(f, s.c), mul(i, g)), "c′");
    const h = label(mul(o, tanh(c)), "h′");
    return { h, c };
  });
}

export default (): Tape =>
  record(step, params(), { h: zeros([batch, hidden]), c: zeros([batch, hidden]) }, label(zeros([batch, input]), "x")).tape;
