import {
  add,
  affine,
  concat,
  matmul,
  mul,
  normal,
  type Rng,
  createRng,
  scope,
  sigmoid,
  sub,
  tanh,
  type Tensor,
  zeros,
} from "@tapeloop/core";

/** Cells written with core alone: tiny, and each with another structure for the mutants to find. */
export interface Sizes {
  readonly input: number;
  readonly hidden: number;
}

const matrix = (rng: Rng, m: number, n: number): Tensor => mul(normal(rng.key(), [m, n]), 0.6);

/** h′ = tanh(x·wx + h·wh + b): no gates. */
export const rnnLike = {
  name: "rnn",
  init: ({ input, hidden }: Sizes, seed: number) => {
    const rng = createRng(seed);
    return {
      wx: matrix(rng, input, hidden),
      wh: matrix(rng, hidden, hidden),
      b: normal(rng.key(), [hidden]),
    };
  },
  state: ({ hidden }: Sizes, batch: number) => ({ h: zeros([batch, hidden]) }),
  step({ wx, wh, b }: { wx: Tensor; wh: Tensor; b: Tensor }, { h }: { h: Tensor }, x: Tensor) {
    const next = tanh(add(affine(x, wx, b), matmul(h, wh)));
    return { state: { h: next }, output: next };
  },
};

type Gate = { w: Tensor; b: Tensor };
const gate = (rng: Rng, { input, hidden }: Sizes): Gate => ({
  w: matrix(rng, hidden + input, hidden),
  b: normal(rng.key(), [hidden]),
});
const through = ({ w, b }: Gate, name: string, act: (z: Tensor) => Tensor, ...xs: Tensor[]): Tensor =>
  scope(name, () => act(affine(concat(xs), w, b)));

/** A state of two tensors, four gates. */
export const lstmLike = {
  name: "lstm",
  init: (sizes: Sizes, seed: number) => {
    const rng = createRng(seed);
    return { f: gate(rng, sizes), i: gate(rng, sizes), c: gate(rng, sizes), o: gate(rng, sizes) };
  },
  state: ({ hidden }: Sizes, batch: number) => ({ h: zeros([batch, hidden]), c: zeros([batch, hidden]) }),
  step: (p: Record<"f" | "i" | "c" | "o", Gate>, { h, c }: { h: Tensor; c: Tensor }, x: Tensor) =>
    scope("lstm", () => {
      const f = through(p.f, "forget", sigmoid, h, x);
      const i = through(p.i, "input", sigmoid, h, x);
      const candidate = through(p.c, "candidate", tanh, h, x);
      const o = through(p.o, "output", sigmoid, h, x);
      const memory = add(mul(f, c), mul(i, candidate));
      const next = mul(o, tanh(memory));
      return { state: { h: next, c: memory }, output: next };
    }),
};

/** A gate that another gate depends on. */
export const gruLike = {
  name: "gru",
  init: (sizes: Sizes, seed: number) => {
    const rng = createRng(seed);
    return { r: gate(rng, sizes), z: gate(rng, sizes), n: gate(rng, sizes) };
  },
  state: ({ hidden }: Sizes, batch: number) => ({ h: zeros([batch, hidden]) }),
  step: (p: Record<"r" | "z" | "n", Gate>, { h }: { h: Tensor }, x: Tensor) =>
    scope("gru", () => {
      const r = through(p.r, "reset", sigmoid, h, x);
      const z = through(p.z, "update", sigmoid, h, x);
      const n = through(p.n, "candidate", tanh, mul(r, h), x);
      const next = add(mul(sub(1, z), n), mul(z, h));
      return { state: { h: next }, output: next };
    }),
};
