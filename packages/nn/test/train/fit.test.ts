import { arange, div, matmul, mul, sin, sum, tensor, treeLeaves, zeros, type Tensor } from "@tapeloop/core";
import {
  adam,
  evaluate,
  examples,
  fit,
  forecastWindows,
  mse,
  sgd,
  type BatchEvent,
  type EpochEvent,
} from "@tapeloop/nn";
import { describe, expect, it, vi } from "vitest";
import { f64, line, options, squaredError, start, type Line } from "./line.js";

const values = (tree: unknown) => treeLeaves(tree).map(({ tensor: t }) => t.toArray());
describe("fit", () => {
  it("finds the line through the points", async () => {
    const { params, history, stopped, message } = await fit(options({ epochs: 150 }));
    expect(params.w.item()).toBeCloseTo(3, 2);
    expect(params.b.item()).toBeCloseTo(-2, 2);
    expect([stopped, message]).toEqual(["epochs", "all 150 epochs"]);
    expect(history).toHaveLength(150);
    expect(history.at(-1)?.loss).toBeLessThan(1e-4);
  });

  it("learns to forecast a wave from its windows", async () => {
    const wave = sin(div(arange(0, 60, 1, f64), 3));
    const { history } = await fit({
      params: { w: zeros([4, 1], f64) },
      loss: ({ w }: { w: Tensor }, { inputs, targets }) =>
        mse(matmul(inputs.squeeze(2).transpose(), w), targets, { reduction: "mean" }),
      optimizer: adam({ learningRate: 0.05 }),
      data: forecastWindows(wave, { size: 4 }),
      epochs: 60,
      batchSize: 8,
      seed: 7,
    });
    expect(history.at(-1)?.loss).toBeLessThan(1e-4);
  });

  it("gives bit for bit the same twice, and something else for another seed", async () => {
    const settings = { validation: line(7), clipNorm: 1, epochs: 5 };
    const [first, second, other] = [
      await fit(options(settings)),
      await fit(options(settings)),
      await fit(options({ ...settings, seed: 2 })),
    ];
    expect(second.history).toEqual(first.history);
    expect(values(second.last)).toEqual(values(first.last));
    expect(other.history).not.toEqual(first.history);
  });

  it("gives bit for bit the same on two threads", async () => {
    const inputs = sin(arange(0, 512 * 256)).reshape([512, 256]);
    const settings = {
      params: { w: zeros([256, 64]) },
      loss: ({ w }: { w: Tensor }, batch: { x: Tensor; y: Tensor }) =>
        mse(matmul(batch.x, w), batch.y, { reduction: "mean" }),
      optimizer: sgd({ learningRate: 0.1 }),
      data: examples({ x: inputs, y: inputs.slice([null, [0, 64]]) }),
      ...{ epochs: 3, batchSize: 256, seed: 1 },
    };
    const [one, two] = [await fit(settings), await fit({ ...settings, compile: { threads: 2 } })];
    expect(two.history).toEqual(one.history);
    expect(values(two.last)).toEqual(values(one.last));
    await expect(fit({ ...settings, compile: { threads: 0 } })).rejects.toThrow("got threads 0");
    const unchecked: unknown = Reflect.apply(fit, undefined, [{ ...settings, compile: "yes" }]);
    await expect(unchecked).rejects.toThrow(
      "fit: got string as compile, expected true, false, or options of compile",
    );
  });

  it("goes through all examples once an epoch, in a new order each time unless told otherwise", async () => {
    const seen: number[][] = [];
    const watched = (shuffle: boolean) =>
      fit(
        options({
          shuffle,
          compile: false,
          data: examples({ x: arange(0, 5, 1, f64).reshape([5, 1]), y: zeros([5, 1], f64) }),
          loss: (p, batch) => {
            seen.push([...batch.x.data]);
            return squaredError(p, batch);
          },
          batchSize: 2,
          epochs: 2,
        }),
      );
    await watched(true);
    expect(seen.map((batch) => batch.length)).toEqual([2, 2, 1, 2, 2, 1]);
    const [first, second] = [seen.slice(0, 3).flat(), seen.slice(3).flat()];
    expect(first.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(second.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(second).not.toEqual(first);
    seen.length = 0;
    await watched(false);
    expect(seen.flat()).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });

  it("drops a last batch that is not full if told so", async () => {
    const onBatch = vi.fn();
    await fit(options({ remainder: "drop", epochs: 1, callbacks: { onBatch } }));
    expect(onBatch).toHaveBeenCalledTimes(3);
  });

  it("records the mean over examples, not over batches", async () => {
    const data = examples({ x: zeros([3, 1], f64), y: tensor([[1], [1], [4]], f64) });
    const { history } = await fit(
      options({ data, shuffle: false, batchSize: 2, epochs: 1, optimizer: sgd({ learningRate: 0 }) }),
    );
    expect(history[0]?.loss).toBeCloseTo((1 + 1 + 16) / 3, 14);
    expect(evaluate(squaredError, start, data, { batchSize: 2 })).toBeCloseTo(6, 14);
  });

  it("tells its callbacks of every batch and epoch, and waits for them", async () => {
    const batches: BatchEvent[] = [];
    const epochs: EpochEvent<Line>[] = [];
    let pending = false;
    const { history } = await fit(
      options({
        epochs: 2,
        validation: line(4),
        callbacks: {
          async onBatch(event) {
            pending = true;
            await Promise.resolve();
            pending = false;
            batches.push(event);
          },
          onEpoch(event) {
            expect(pending).toBe(false);
            epochs.push(event);
          },
        },
      }),
    );
    expect(batches.map(({ epoch, batch }) => [epoch, batch])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 1],
      [2, 2],
      [2, 3],
      [2, 4],
    ]);
    expect(batches.every((event) => event.batches === 4 && event.gradientNorm > 0)).toBe(true);
    expect(
      epochs.map(({ epoch, loss, validationLoss, gradientNorm }) => ({
        epoch,
        loss,
        validationLoss,
        gradientNorm,
      })),
    ).toEqual(history);
    expect(epochs[0]).toMatchObject({ epochs: 2, isBest: true });
    expect(history[0]?.gradientNorm).toBe(
      Math.max(...batches.slice(0, 4).map((event) => event.gradientNorm)),
    );
  });

  it("lets the event loop run between epochs", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await fit(options({ epochs: 10 }));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it("clips gradients, and reports their norm from before", async () => {
    const big = (p: Line) => mul(1000, sum(p.w));
    const { params, history } = await fit(
      options({ loss: big, clipNorm: 1, epochs: 1, batchSize: 20, optimizer: sgd({ learningRate: 1 }) }),
    );
    expect(params.w.item()).toBeCloseTo(-1, 6);
    expect(history[0]?.gradientNorm).toBe(1000);
  });

  it("leaves the parameters that it was given as they were", async () => {
    const params = { w: tensor([[0.5]], f64), b: tensor([0.25], f64) };
    await fit(options({ params }));
    expect(values(params)).toEqual([[0.25], [[0.5]]]);
  });
});
