import { add, affine, concat, label, mul, scope, sigmoid, tanh, type Tensor } from "@tapeloop/core";
import type { LstmParams, LstmState } from "@tapeloop/nn";

/** One LSTM step, with the names that the equations give to its values. */
export function lstmStep(p: LstmParams, s: LstmState, x: Tensor): LstmState {
  const hx = label(concat([s.h, x]), "[h; x]");
  const f = scope("forget", () => label(sigmoid(affine(hx, p.wf, p.bf)), "f"));
  const i = scope("input", () => label(sigmoid(affine(hx, p.wi, p.bi)), "i"));
  const candidate = scope("candidate", () => label(tanh(affine(hx, p.wc, p.bc)), "c̃"));
  const o = scope("output", () => label(sigmoid(affine(hx, p.wo, p.bo)), "o"));
  const c = label(add(mul(f, s.c), mul(i, candidate)), "c′");
  return { c, h: label(mul(o, tanh(c)), "h′") };
}
