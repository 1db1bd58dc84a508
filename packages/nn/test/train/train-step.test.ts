import { compile, record, scan, tensor, treeLeaves, type Tensor } from "@tapeloop/core";
import {
  adamW,
  batchIndices,
  cosineDecay,
  fit,
  globalNorm,
  rmsProp,
  sgd,
  skipNonFinite,
  stepDecay,
  trainStep,
  type Optimizer,
  shuffleKeys,
} from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { line, options, squaredError, start, f64 } from "./line.js";

const optimizers: [string, Optimizer][] = [
  [
    "sgd on a schedule",
    sgd({ learningRate: stepDecay({ initial: 0.1, factor: 0.5, every: 2 }), momentum: 0.9 }),
  ],
  ["adamW on a schedule", adamW({ learningRate: cosineDecay({ initial: 0.1, steps: 4 }) })],
  ["skipNonFinite(rmsProp)", skipNonFinite(rmsProp({ learningRate: 0.1, centered: true }))],
];

const values = (tree: unknown) => treeLeaves(tree).map(({ path, tensor: t }) => [path, t.toArray()]);

describe.each(optimizers)("a training step with %s", (_name, optimizer) => {
  const step = trainStep({ loss: squaredError, optimizer, clipNorm: 1 });
  const batch = line(8).batch();
  const state = optimizer.init(start);

  it("runs inside scan, where only shapes are known, and gives what a loop gives", () => {
    const [last, losses] = scan(
      ({ params, state: s }: { params: typeof start; state: typeof state }) => {
        const next = step(params, s, batch);
        return [{ params: next.params, state: next.state }, next.loss];
      },
      { params: start, state },
      null,
      { length: 5 },
    );
    let point = { params: start, state };
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      const next = step(point.params, point.state, batch);
      point = { params: next.params, state: next.state };
      seen.push(next.loss.item());
    }
    expect(losses.toArray()).toEqual(seen);
    expect(values(last)).toEqual(values(point));
  });

  it("is a function of its three arguments alone", () => {
    const { tape } = record((p, s, b) => step(p, s, b), start, state, batch);
    expect(tape.inputs.map((t) => t.label)).toEqual(expect.arrayContaining(["w", "b", "step", "x", "y"]));
    expect(tape.constants.every((t) => t.rank === 0)).toBe(true);
  });
});

it.each([true, false])(
  "fit does just these steps, on the batches of its seed; compiled: %s",
  async (compiled) => {
    const settings = options({ epochs: 2, clipNorm: 0.5, compile: compiled });
    const result = await fit(settings);
    const step = compiled ? compile(trainStep(settings)) : trainStep(settings);
    let params = start;
    let state = settings.optimizer.init(params);
    for (const epoch of [1, 2]) {
      const key = shuffleKeys(settings.seed)(epoch);
      for (const indices of batchIndices(20, { batchSize: 6, remainder: "keep", key })) {
        ({ params, state } = step(params, state, settings.data.batch(indices)));
      }
    }
    expect(values(result.last)).toEqual(values({ params, state }));
  },
);

it("the norm that a step reports is that of the gradients before clipping", () => {
  const loss = (p: { x: Tensor }) => p.x.mul(tensor([3, 4], f64)).sum();
  const params = { x: tensor([1, 1], f64) };
  const optimizer = sgd({ learningRate: 1 });
  const clipped = trainStep({ loss, optimizer, clipNorm: 1 })(params, optimizer.init(params), null);
  expect(clipped.gradientNorm.item()).toBe(5);
  expect(globalNorm({ x: clipped.params.x.sub(params.x) }).item()).toBeCloseTo(1, 6);
  const free = trainStep({ loss, optimizer })(params, optimizer.init(params), null);
  expect(free.params.x.toArray()).toEqual([-2, -3]);
});
