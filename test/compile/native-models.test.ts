import {
  add,
  affine,
  concat,
  fromTypedArray,
  mul,
  normal,
  oneHot,
  permute,
  randomKey,
  sigmoid,
  sub,
  tanh,
  treeTensors,
  withDefaultDtype,
  zeros,
  type Blas,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { nativeBlas } from "@tapeloop/core/native";
import {
  adam,
  defineCell,
  examples,
  fit,
  glorotUniform,
  gru,
  lstm,
  mse,
  rnn,
  crossEntropy,
  unroll,
  type Cell,
} from "@tapeloop/nn";
import { describe, expect, test } from "vitest";
import { plainBlas } from "../../packages/core/test/compile/plain-blas.js";

/* Whole trainings: forward, gradients, clipping and the optimiser, with every matrix product left to a library. */

const machine = nativeBlas();
const libraries: readonly (readonly [string, Blas])[] = [
  ["plain loops", plainBlas()],
  ...(machine === undefined ? [] : [[machine.name, { ...machine, pays: () => true }] as const]),
];

const minimal = defineCell("minimal", {
  params: ({ input, hidden }, rng) => ({
    forget: { w: glorotUniform(rng, [hidden + input, hidden]), b: zeros([hidden]) },
    candidate: { w: glorotUniform(rng, [hidden + input, hidden]), b: zeros([hidden]) },
  }),
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
  step({ forget, candidate }, { h }, x) {
    const f = sigmoid(affine(concat([h, x]), forget.w, forget.b));
    const next = tanh(affine(concat([mul(f, h), x]), candidate.w, candidate.b));
    const mixed = add(mul(sub(1, f), h), mul(f, next));
    return { state: { h: mixed }, output: mixed };
  },
});

const [count, steps, features] = [14, 6, 5];
const inDouble = <R>(fn: () => R): R => withDefaultDtype("float64", fn);

/** Trains a cell with a readout in float64: gives all losses, gradient norms and parameters, as numbers. */
function training<P extends Tree, S extends Tree>(cell: Cell<P, S>, hidden: number, characters: boolean) {
  return async (compile: boolean | { readonly blas: Blas }): Promise<number[]> => {
    const outputs = characters ? features : 1;
    const { params, data } = inDouble(() => {
      const text = Int32Array.from({ length: count * steps }, (_, i) => (i * i + (i >> 2)) % features);
      const letters = oneHot(fromTypedArray(text, [count, steps]), features);
      const x = characters ? letters : normal(randomKey(1), [count, steps, features]);
      const y = characters ? letters : normal(randomKey(2), [count, steps, 1]);
      const readout = { w: normal(randomKey(3), [hidden, outputs]), b: zeros([outputs]) };
      return {
        params: { cell: cell.init({ input: features, hidden }, 1), readout },
        data: examples({ x, y }),
      };
    });
    const loss = (p: typeof params, { x, y }: { x: Tensor; y: Tensor }): Tensor =>
      inDouble(() => {
        const seen = unroll(cell, p.cell, permute(x, [1, 0, 2])).outputs;
        const output = affine(seen, p.readout.w, p.readout.b);
        const target = permute(y, [1, 0, 2]);
        return characters
          ? crossEntropy(output, target, { reduction: "mean" })
          : mse(output, target, { reduction: "mean" });
      });
    const optimizer = adam({ learningRate: 0.01 });
    const settings = {
      params,
      data,
      loss,
      optimizer,
      clipNorm: 1,
      epochs: 2,
      batchSize: 4,
      seed: 1,
      compile,
    };
    const { last, history } = await fit({ ...settings, validation: data });
    return [
      ...history.flatMap((epoch) => [epoch.loss, epoch.validationLoss ?? NaN, epoch.gradientNorm]),
      ...treeTensors(last.params).flatMap((t) => [...t.data]),
    ];
  };
}

const models = [
  ["a tanh RNN", training(rnn, 8, false)],
  ["an LSTM", training(lstm, 11, false)],
  ["an LSTM of characters", training(lstm, 9, true)],
  ["a GRU", training(gru, 7, false)],
  ["a minimal gated unit", training(minimal, 10, false)],
] as const;

describe.each(libraries)("with products by %s", (_name, blas) => {
  test.each(models)("%s learns as the reference executor lets it", async (_model, train) => {
    const expected = await train(false);
    const got = await train({ blas });
    expect(got.length).toBe(expected.length);
    got.forEach((value, i) => expect(value, `number ${i}`).toBeCloseTo(expected[i] ?? NaN, 10));
  });
});

test("the library has made the products of those trainings", async () => {
  const blas = plainBlas();
  await training(lstm, 8, false)({ blas });
  // Four gates in 6 steps of 4 batches of 2 epochs, forwards alone.
  expect(blas.made.length).toBeGreaterThan(4 * 6 * 4 * 2);
});
