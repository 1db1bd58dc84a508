import {
  add,
  affine,
  concat,
  foldIn,
  logSoftmax,
  mean,
  mul,
  neg,
  normal,
  oneHot,
  randomKey,
  scan,
  sigmoid,
  square,
  sub,
  sum,
  take,
  tanh,
  tensor,
  treeMap2,
  valueAndGrad,
  zeros,
  type Tensor,
} from "@tapeloop/core";

/** A training step: parameters, batch → loss, next parameters. */
export interface Model {
  readonly name: string;
  readonly step: (params: Params, first: Tensor, second: Tensor) => [Tensor, Params];
  readonly params: Params;
  readonly batch: readonly [Tensor, Tensor];
}
type Params = Readonly<Record<string, Tensor>>;

/** The parameter of a name. */
const of = (params: Params, name: string): Tensor => {
  const found = params[name];
  if (found === undefined) throw new Error(`the model has no ${name}`);
  return found;
};

function numbers(shape: readonly number[], seed: number, scale = 0.3): Tensor {
  return mul(scale, normal(foldIn(randomKey(7), seed), [...shape]));
}

function training(loss: (params: Params, first: Tensor, second: Tensor) => Tensor): Model["step"] {
  const gradient = valueAndGrad(loss);
  return (params, first, second) => {
    const [value, g] = gradient(params, first, second);
    return [value, treeMap2(params, g, (p: Tensor, d: Tensor) => sub(p, mul(0.05, d)))];
  };
}

/** A tanh network with one output, and the mean of squared errors. */
export function rnn(B: number, T: number, H: number, I = 1): Model {
  return {
    name: `rnn ${B}x${T}x${H}`,
    params: { w: numbers([H + I, H], 1), b: numbers([H], 2), wy: numbers([H, 1], 3), by: numbers([1], 4) },
    batch: [numbers([T, B, I], 5, 1), numbers([B, 1], 6, 1)],
    step: training((p, xs, y) => {
      const step = (h: Tensor, x: Tensor): [Tensor, []] => [
        tanh(affine(concat([h, x]), of(p, "w"), of(p, "b"))),
        [],
      ];
      const [h] = scan(step, zeros([B, H]), xs);
      return mean(square(sub(affine(h, of(p, "wy"), of(p, "by")), y)));
    }),
  };
}

/** An LSTM that says the next character after each; characters are looked up. */
export function charLstm(B: number, T: number, I: number, H: number): Model {
  const gates = ["f", "i", "c", "o"];
  const params: Params = Object.fromEntries<Tensor>([
    ...gates.flatMap((gate, i): [string, Tensor][] => [
      [`w${gate}`, numbers([H + I, H], i)],
      [`b${gate}`, numbers([H], 10 + i)],
    ]),
    ["table", numbers([I, I], 20, 1)],
    ["wy", numbers([H, I], 21)],
    ["by", numbers([I], 22)],
  ]);
  const text = Array.from({ length: T + 1 }, (_, t) =>
    Array.from({ length: B }, (_, b) => (7 * t + 3 * b * b) % I),
  );
  return {
    name: `lstm ${B}x${T}x${I}x${H}`,
    params,
    batch: [tensor(text.slice(0, T), { dtype: "int32" }), tensor(text.slice(1), { dtype: "int32" })],
    step: training((p, given, next) => {
      const xs = take(of(p, "table"), given);
      const targets = oneHot(next, I);
      const step = ([h, c]: [Tensor, Tensor], x: Tensor): [[Tensor, Tensor], Tensor] => {
        const hx = concat([h, x]);
        const gate = (g: string): Tensor => affine(hx, of(p, `w${g}`), of(p, `b${g}`));
        const cell = add(mul(sigmoid(gate("f")), c), mul(sigmoid(gate("i")), tanh(gate("c"))));
        const out = mul(sigmoid(gate("o")), tanh(cell));
        return [[out, cell], out];
      };
      const [, hs] = scan(step, [zeros([B, H]), zeros([B, H])], xs);
      const logits = affine(hs, of(p, "wy"), of(p, "by"));
      return neg(mul(1 / (T * B), sum(mul(targets, logSoftmax(logits)))));
    }),
  };
}

/** A minimal gated unit. */
export function mgu(B: number, T: number, I: number, H: number): Model {
  return {
    name: `mgu ${B}x${T}x${I}x${H}`,
    params: {
      ...{ wf: numbers([H + I, H], 1), bf: numbers([H], 2), wc: numbers([H + I, H], 3), bc: numbers([H], 4) },
      ...{ wy: numbers([H, 1], 5), by: numbers([1], 6) },
    },
    batch: [numbers([T, B, I], 7, 1), numbers([B, 1], 8, 1)],
    step: training((p, xs, y) => {
      const step = (h: Tensor, x: Tensor): [Tensor, []] => {
        const f = sigmoid(affine(concat([h, x]), of(p, "wf"), of(p, "bf")));
        const c = tanh(affine(concat([mul(f, h), x]), of(p, "wc"), of(p, "bc")));
        return [add(mul(sub(1, f), h), mul(f, c)), []];
      };
      const [h] = scan(step, zeros([B, H]), xs);
      return mean(square(sub(affine(h, of(p, "wy"), of(p, "by")), y)));
    }),
  };
}
