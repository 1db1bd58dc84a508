import {
  add,
  affine,
  concat,
  grad,
  label,
  mul,
  ones,
  record,
  scan,
  scope,
  sigmoid,
  sum,
  tanh,
  timeStep,
  zeros,
  type Tape,
  type Tensor,
} from "@tapeloop/core";

type LstmParams = Readonly<Record<"wf" | "wi" | "wc" | "wo" | "bf" | "bi" | "bc" | "bo", Tensor>>;
type LstmState = { readonly h: Tensor; readonly c: Tensor };

const params = (): LstmParams => {
  const w = (): Tensor => ones([6, 4]);
  const b = (): Tensor => zeros([4]);
  return { wf: w(), wi: w(), wc: w(), wo: w(), bf: b(), bi: b(), bc: b(), bo: b() };
};

/** z_g = W_g [h; x] + b_g; c′ = f ⊙ c + i ⊙ c̃; h′ = o ⊙ tanh(c′). */
function step(p: LstmParams, { h, c }: LstmState, x: Tensor): LstmState {
  const hx = label(concat([h, x], 1), "[h, x]");
  const f = scope("forget", () => label(sigmoid(affine(hx, p.wf, p.bf)), "f"));
  const i = scope("input", () => label(sigmoid(affine(hx, p.wi, p.bi)), "i"));
  const g = scope("candidate", () => label(tanh(affine(hx, p.wc, p.bc)), "c̃"));
  const o = scope("output", () => label(sigmoid(affine(hx, p.wo, p.bo)), "o"));
  const next = label(add(mul(f, c), mul(i, g)), "c");
  return { c: next, h: label(mul(o, tanh(next)), "h") };
}

const start = (): LstmState => ({ h: label(zeros([2, 4]), "h₀"), c: label(zeros([2, 4]), "c₀") });

/** An LSTM over so many steps as a plain loop, with the gradient of Σ h. */
export function unrolledLstm(steps: number, marked = true): Tape {
  const loss = (p: LstmParams, from: LstmState, xs: readonly Tensor[]): Tensor => {
    let state = from;
    scope("lstm", () => {
      xs.forEach((x, t) => {
        state = marked ? timeStep(t, () => step(p, state, x)) : step(p, state, x);
      });
    });
    return label(sum(state.h), "L");
  };
  const xs = Array.from({ length: steps }, (_, t) => label(ones([2, 2]), `x ${t}`));
  return record(grad(loss), params(), start(), xs).tape;
}

/** The same as one scan. */
export function scannedLstm(steps: number): Tape {
  const loss = (p: LstmParams, from: LstmState, xs: Tensor): Tensor => {
    const body = (state: LstmState, x: Tensor): [LstmState, null] => [
      scope("lstm", () => step(p, state, x)),
      null,
    ];
    const [{ h }] = scan(body, from, xs);
    return label(sum(h), "L");
  };
  return record(grad(loss), params(), start(), label(ones([steps, 2, 2]), "xs")).tape;
}
