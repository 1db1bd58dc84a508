import {
  add,
  affine,
  concat,
  fromTypedArray,
  mul,
  scan,
  sigmoid,
  slice,
  sub,
  tanh,
  zeros,
  type Tensor,
} from "@tapeloop/core";

/* Recurrent models small enough to differentiate many times: h′ from [h, x], over time in one scan. */

export type Weights = { readonly w: Tensor; readonly b: Tensor };

/** Numbers between −1 and 1 with three decimals, from a seed. */
export function numbers(shape: readonly number[], seed: number, scale = 1): Tensor {
  let state = (seed * 7919 + 17) % 2147483647;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, () => {
    state = (state * 48271) % 2147483647;
    return (scale * (Math.round((state / 2147483647) * 2000) - 1000)) / 1000;
  });
  return fromTypedArray(values, shape);
}

export interface Model {
  readonly name: string;
  readonly gates: number;
  /** xs [time, batch, input] → outputs [time, batch, hidden]. */
  run(weights: Weights, xs: Tensor): Tensor;
}

function hiddenOf({ b }: Weights, gates: number): number {
  return (b.shape[0] ?? 0) / gates;
}

function gate(z: Tensor, i: number, hidden: number): Tensor {
  return slice(z, { axis: -1, start: i * hidden, stop: (i + 1) * hidden });
}

const rnn: Model = {
  name: "RNN",
  gates: 1,
  run(weights, xs) {
    const h0 = zeros([xs.shape[1] ?? 0, hiddenOf(weights, 1)], { dtype: "float64" });
    return scan(
      (h, x) => {
        const next = tanh(affine(concat([h, x]), weights.w, weights.b));
        return [next, next];
      },
      h0,
      xs,
    )[1];
  },
};

const lstm: Model = {
  name: "LSTM",
  gates: 4,
  run(weights, xs) {
    const hidden = hiddenOf(weights, 4);
    const zero = zeros([xs.shape[1] ?? 0, hidden], { dtype: "float64" });
    return scan(
      ({ h, c }, x) => {
        const z = affine(concat([h, x]), weights.w, weights.b);
        const [f, i] = [sigmoid(gate(z, 0, hidden)), sigmoid(gate(z, 1, hidden))];
        const next = add(mul(f, c), mul(i, tanh(gate(z, 2, hidden))));
        const shown = mul(sigmoid(gate(z, 3, hidden)), tanh(next));
        return [{ h: shown, c: next }, shown];
      },
      { h: zero, c: zero },
      xs,
    )[1];
  },
};

/** A minimal gated unit, whose candidate sees the gated state: the recurrence of a GRU. */
const gated: Model = {
  name: "gated unit",
  gates: 2,
  run(weights, xs) {
    const hidden = hiddenOf(weights, 2);
    const h0 = zeros([xs.shape[1] ?? 0, hidden], { dtype: "float64" });
    const half = (t: Tensor, i: number): Tensor => gate(t, i, hidden);
    return scan(
      (h, x) => {
        const f = sigmoid(affine(concat([h, x]), half(weights.w, 0), half(weights.b, 0)));
        const c = tanh(affine(concat([mul(f, h), x]), half(weights.w, 1), half(weights.b, 1)));
        const next = add(mul(sub(1, f), h), mul(f, c));
        return [next, next];
      },
      h0,
      xs,
    )[1];
  },
};

export const models: readonly Model[] = [rnn, lstm, gated];

/** Weights and data of a model. */
export function instance(
  model: Model,
  {
    time,
    batch = 2,
    input = 2,
    hidden = 3,
  }: { time: number; batch?: number; input?: number; hidden?: number },
): { weights: Weights; xs: Tensor } {
  return {
    weights: {
      w: numbers([hidden + input, model.gates * hidden], 1),
      b: numbers([model.gates * hidden], 2, 0.5),
    },
    xs: numbers([time, batch, input], 3),
  };
}
