import {
  add,
  affine,
  concat,
  fromTypedArray,
  index,
  mean,
  mul,
  sigmoid,
  square,
  stopGradient,
  sub,
  tanh,
  type Tensor,
  zeros,
} from "@tapeloop/core";

/** The models of peers.py, number for number. */
export const MODELS = 40;
export const LENGTHS = [5, 10, 20, 40] as const;
const [HIDDEN, INPUT, BATCH] = [4, 2, 2];

/** Per gate (forget, input, candidate, output) a weight [hidden + input, hidden], rows h then x, and a bias [hidden]. */
export type Params = {
  readonly [name in "wf" | "bf" | "wi" | "bi" | "wc" | "bc" | "wo" | "bo" | "wy" | "by"]: Tensor;
};

export interface Model {
  readonly params: Params;
  /** [time, batch, input] */
  readonly xs: Tensor;
  /** [batch, 1] */
  readonly target: Tensor;
}

/** Parameters uniform on ±1/√hidden, as PyTorch starts them; data uniform on ±√3, so of variance 1. */
export function createModel(seed: number): Model {
  const draw = generator(seed);
  const uniform = (bound: number, shape: readonly number[]): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fromTypedArray(
      Float64Array.from({ length: size }, () => bound * (2 * draw() - 1)),
      shape,
    );
  };
  const bound = 1 / Math.sqrt(HIDDEN);
  const weight = (): Tensor => uniform(bound, [HIDDEN + INPUT, HIDDEN]);
  const bias = (): Tensor => uniform(bound, [HIDDEN]);
  const params = {
    wf: weight(),
    bf: bias(),
    wi: weight(),
    bi: bias(),
    wc: weight(),
    bc: bias(),
    wo: weight(),
    bo: bias(),
    wy: uniform(bound, [HIDDEN, 1]),
    by: uniform(bound, [1]),
  };
  const target = uniform(Math.sqrt(3), [BATCH, 1]);
  return { params, target, xs: uniform(Math.sqrt(3), [Math.max(...LENGTHS), BATCH, INPUT]) };
}

/** Squared error of a linear output after T steps. `cut` detaches h and c after the first: the mutant. */
export function createLoss({ xs, target }: Model, steps: number, cut: boolean): (params: Params) => Tensor {
  return ({ wf, bf, wi, bi, wc, bc, wo, bo, wy, by }) => {
    let h = zeros([BATCH, HIDDEN], { dtype: "float64" });
    let c = h;
    for (let t = 0; t < steps; t++) {
      const hx = concat([h, index(xs, t)]);
      const f = sigmoid(affine(hx, wf, bf));
      const i = sigmoid(affine(hx, wi, bi));
      const o = sigmoid(affine(hx, wo, bo));
      c = add(mul(f, c), mul(i, tanh(affine(hx, wc, bc))));
      h = mul(o, tanh(c));
      if (cut && t === 0) [h, c] = [stopGradient(h), stopGradient(c)];
    }
    return mean(square(sub(affine(h, wy, by), target)));
  };
}

/** Uniform numbers in [0, 1): a counter through a 32-bit mixing function. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
    z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}
