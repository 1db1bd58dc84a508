import { add, mul, sqrt, sum, tensor, zeros, type Tensor } from "@tapeloop/core";
import { adam, examples, fit, sgd, skipNonFinite, type EarlyStopping, type FitOptions } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { f64, line, options, squaredError, type Line, type Points } from "./line.js";

describe("early stopping", () => {
  /** Training moves w by −1 each epoch; the validation losses are those given. */
  const withLosses = (losses: readonly number[], earlyStopping?: EarlyStopping) => {
    let epoch = 0;
    return fit(
      options({
        data: line(2),
        batchSize: 2,
        validation: line(1),
        epochs: losses.length,
        optimizer: sgd({ learningRate: 1 }),
        earlyStopping,
        // The losses are read off a list, call by call.
        compile: false,
        loss: (p, { x }) => (x.size === 2 ? sum(p.w) : tensor(losses[epoch++] ?? NaN, f64)),
      }),
    );
  };
  const losses = [5, 3, 4, 2.9, 3.5, 3.4, 1];

  it("stops after `patience` epochs without improvement, with the best epoch's parameters", async () => {
    const result = await withLosses(losses, { patience: 2 });
    expect(result.history.map(({ validationLoss }) => validationLoss)).toEqual([5, 3, 4, 2.9, 3.5, 3.4]);
    expect([result.stopped, result.message]).toEqual(["earlyStopping", "no improvement after epoch 4"]);
    expect(result.best).toMatchObject({ epoch: 4, loss: 2.9 });
    expect(result.params.w.item()).toBe(-4);
    expect(result.last.params.w.item()).toBe(-6);
  });

  it("goes on while there is patience", async () => {
    const result = await withLosses(losses, { patience: 3 });
    expect([result.stopped, result.best?.epoch, result.params.w.item()]).toEqual(["epochs", 7, -7]);
  });

  it("counts only improvements by more than minDelta, but restores the very best", async () => {
    const result = await withLosses(losses, { patience: 2, minDelta: 0.5 });
    expect([result.stopped, result.message]).toEqual(["earlyStopping", "no improvement after epoch 2"]);
    expect([result.best?.epoch, result.params.w.item(), result.last.params.w.item()]).toEqual([4, -4, -4]);
  });

  it("keeps the last parameters if told so, and without early stopping", async () => {
    expect((await withLosses(losses, { patience: 2, restoreBest: false })).params.w.item()).toBe(-6);
    const result = await withLosses([1, 2, 3]);
    expect([result.params.w.item(), result.best?.epoch]).toEqual([-3, 1]);
  });

  it("watches the training loss when there is no validation", async () => {
    const result = await fit(
      options({ loss: (p) => add(mul(0, sum(p.w)), 1), epochs: 9, earlyStopping: { patience: 3 } }),
    );
    expect([result.history.length, result.best?.epoch]).toEqual([4, 1]);
  });
});

describe("what is not finite", () => {
  /** One batch an epoch; the loss is w, whose value in each call is multiplied as the script says. */
  const scripted = (
    script: Record<number, (w: Tensor) => Tensor>,
    more: Partial<FitOptions<Line, Points>> = {},
  ) => {
    let call = 0;
    return fit(
      options({
        data: line(2),
        batchSize: 2,
        epochs: 5,
        optimizer: sgd({ learningRate: 1 }),
        compile: false,
        loss: (p) => (script[++call] ?? sum)(p.w),
        ...more,
      }),
    );
  };

  it("in the loss ends training, with the last parameters whose loss was finite", async () => {
    // By then w is −2.
    for (const [factor, loss] of [
      [NaN, "NaN"],
      [Infinity, "-Infinity"],
      [-Infinity, "Infinity"],
    ] as const) {
      const result = await scripted({ 3: (w) => sum(mul(w, factor)) });
      expect(result.stopped).toBe("nonFinite");
      expect(result.message).toBe(`the loss is ${loss} in epoch 3, batch 1 of 1`);
      expect([result.history.length, result.params.w.item(), result.last.state.step.item()]).toEqual([
        2, -1, 1,
      ]);
    }
  });

  it("in the first loss gives back the parameters that it was given", async () => {
    const params = { w: tensor([[1]], f64), b: zeros([1], f64) };
    const result = await scripted({ 1: (w) => sum(mul(w, NaN)) }, { params });
    expect([result.stopped, result.params, result.best]).toEqual(["nonFinite", params, undefined]);
  });

  it("in the gradients alone ends training before the update", async () => {
    // √ has an infinite slope at 0.
    const result = await scripted({ 2: (w) => sum(sqrt(mul(0, w))) });
    expect(result.message).toBe(
      "the update gave NaN or Infinity (from gradients of norm NaN) in epoch 2, batch 1 of 1",
    );
    expect(result.params.w.item()).toBe(-1);
  });

  it("in the update ends training before it", async () => {
    const result = await scripted({}, { optimizer: sgd({ learningRate: 1e308, momentum: 0.9 }) });
    expect(result.message).toBe(
      "the update gave NaN or Infinity (from gradients of norm 1) in epoch 2, batch 1 of 1",
    );
    expect(result.params.w.item()).toBe(-1e308);
  });

  it("in the validation loss ends training", async () => {
    const result = await scripted({ 4: (w) => sum(mul(w, NaN)) }, { validation: line(2) });
    expect(result.message).toBe("the validation loss is NaN after epoch 2");
    expect([result.history.length, result.params.w.item()]).toEqual([1, -1]);
  });

  it("gives the best epoch under early stopping, if validation proved it", async () => {
    const earlyStopping = { patience: 9 };
    // Calls alternate between training and validation: the first is validated by the second.
    const proved = await scripted(
      { 2: () => tensor(-9, f64), 5: (w) => sum(mul(w, NaN)) },
      { validation: line(2), earlyStopping },
    );
    expect([proved.stopped, proved.best?.epoch, proved.params.w.item()]).toEqual(["nonFinite", 1, -1]);
  });

  it("gives no epoch's parameters that were never measured, though its batches were good", async () => {
    const result = await scripted({ 4: (w) => sum(mul(w, NaN)) }, { earlyStopping: { patience: 9 } });
    expect([result.stopped, result.best?.epoch, result.params.w.item()]).toEqual(["nonFinite", 3, -2]);
  });
});

describe("an abort signal", () => {
  it("ends training before the next batch, with what was reached", async () => {
    const controller = new AbortController();
    const result = await fit(
      options({
        signal: controller.signal,
        callbacks: {
          onBatch({ epoch, batch }) {
            if (epoch === 2 && batch === 2) controller.abort();
          },
        },
      }),
    );
    expect([result.stopped, result.message]).toEqual(["aborted", "aborted in epoch 2, batch 3 of 4"]);
    expect([result.history.length, result.last.state.step.item()]).toEqual([1, 6]);
    expect(result.params).toBe(result.last.params);
  });

  it("given by a timer is heard while training runs", async () => {
    const result = await fit(options({ epochs: 1e6, signal: AbortSignal.timeout(30) }));
    expect(result.stopped).toBe("aborted");
  });

  it("that was given before means no training at all", async () => {
    const { params, history } = await fit(options({ signal: AbortSignal.abort() }));
    expect([params, history]).toEqual([options().params, []]);
  });
});

describe("wrong settings", () => {
  const refused: [string, Partial<FitOptions<Line, Points>>, string][] = [
    ["no epochs", { epochs: 0 }, "fit: got 0 epochs, expected a whole number of 1 or more"],
    [
      "a batch larger than the data",
      { batchSize: 21 },
      "got batch size 21, expected 1 … 20, the number of examples",
    ],
    ["a fractional seed", { seed: 0.5 }, "randomKey: got seed 0.5"],
    [
      "no patience",
      { earlyStopping: { patience: 0 } },
      "fit: got patience 0, expected a whole number of epochs",
    ],
    ["a negative minDelta", { earlyStopping: { patience: 1, minDelta: -1 } }, "fit: got minDelta -1"],
    [
      "a norm that is not positive",
      { clipNorm: 0 },
      "clipByGlobalNorm: got maxNorm 0, expected a positive number",
    ],
    [
      "validation without examples",
      { validation: examples({ x: zeros([0, 1], f64), y: zeros([0, 1], f64) }) },
      "fit: got no examples to validate on",
    ],
  ];

  it.each(refused)("%s is refused before anything is computed", async (_what, more, message) => {
    let called = false;
    const loss = (p: Line, batch: Points): Tensor => {
      called = true;
      return squaredError(p, batch);
    };
    await expect(fit(options({ loss, ...more }))).rejects.toThrow(message);
    expect(called).toBe(false);
  });

  it("and errors of the loss and of callbacks come through", async () => {
    const vector = fit(options({ loss: (p) => p.b.mul(tensor([1, 2], f64)) }));
    await expect(vector).rejects.toThrow("got float64 [2] as the loss");
    const callback = fit(
      options({
        callbacks: {
          onEpoch() {
            throw new Error("disk full");
          },
        },
      }),
    );
    await expect(callback).rejects.toThrow("disk full");
  });
});

it("skipNonFinite lets training go on past gradients that are not finite", async () => {
  let call = 0;
  const result = await fit(
    options({
      optimizer: skipNonFinite(adam({ learningRate: 0.1 })),
      compile: false,
      epochs: 2,
      // √ has an infinite slope at 0.
      loss: (p, batch) =>
        ++call === 2 ? add(squaredError(p, batch), sum(mul(0, p.w).sqrt())) : squaredError(p, batch),
    }),
  );
  expect(result.stopped).toBe("epochs");
  expect(result.last.state.step.item()).toBe(7);
});
