import { ArgumentError, compile, optionsOf, shown } from "@tapeloop/core";
import { batchCount, batchIndices } from "../data/index.js";
import { allFinite, type OptimizerState } from "../optim/index.js";
import { evaluate, weightedMean } from "./evaluate.js";
import type { EpochRecord, FitOptions, FitResult } from "./fit-types.js";
import { watchLosses } from "./early-stopping.js";
import { createRest } from "./rest.js";
import { shuffleKeys } from "./shuffle-keys.js";
import { trainStep } from "./train-step.js";
import { checkDataset } from "../data/dataset.js";

/**
 * Trains parameters: epoch by epoch, batch by batch, with validation, early stopping and callbacks.
 *
 * The result is a function of the options alone: the same seed gives the same batches and, bit for bit, the same
 * history. After each epoch, and within a long one some twenty times a second, the event loop has its turn, so that
 * progress is drawn and signals are heard.
 *
 * A loss that is NaN or infinite, or an update that makes parameters or the optimiser's state so, ends the training
 * with `stopped: "nonFinite"` and a message that says where. The result then holds the last parameters whose loss was
 * seen to be finite. (With `skipNonFinite`, gradients that are not finite change nothing, and training goes on.)
 *
 * @throws ArgumentError (as a rejection) for settings out of range, before anything is computed; and whatever the
 *   loss or a callback throws
 */
export async function fit<P, Batch>(options: FitOptions<P, Batch>): Promise<FitResult<P>> {
  const run = prepare(options);
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const end = await run.epoch(epoch);
    if (end !== undefined) return run.result(end);
  }
  return run.result({ stopped: "epochs", message: `all ${options.epochs} epochs` });
}

/** Why training ended. */
type End = Pick<FitResult<never>, "stopped" | "message">;

/** A state of training. */
interface Point<P> {
  readonly params: P;
  readonly state: OptimizerState<P>;
}

function prepare<P, Batch>(options: FitOptions<P, Batch>) {
  const { data, epochs, batchSize, remainder = "keep", signal, callbacks = {} } = optionsOf("fit", options);
  checkOptions(options);
  checkDataset("fit", data);
  const batches = batchCount(data.size, { batchSize, remainder });
  const how = options.compile === true ? {} : (options.compile ?? {});
  const step = how === false ? trainStep(options) : compile(trainStep(options), how);
  const loss = how === false ? options.loss : compile(options.loss, how);
  const keyOf = shuffleKeys(options.seed);
  const watch = watchLosses<P>(options.earlyStopping);
  const rest = createRest();
  const history: EpochRecord[] = [];
  let current: Point<P> = { params: options.params, state: options.optimizer.init(options.params) };
  /** Where the loss was last seen to be finite: `current`, or one update before it. */
  let proven = current;

  /** Goes through the data once: the mean loss and the largest gradient, or why it ended before. */
  const pass = async (epoch: number): Promise<End | { loss: number; gradientNorm: number }> => {
    const mean = weightedMean();
    let largest = 0;
    let batch = 0;
    const key = options.shuffle === false ? undefined : keyOf(epoch);
    for (const indices of batchIndices(data.size, { batchSize, remainder, key })) {
      const place = `in epoch ${epoch}, batch ${++batch} of ${batches}`;
      if (signal?.aborted === true) return { stopped: "aborted", message: `aborted ${place}` };
      const next = step(current.params, current.state, data.batch(indices));
      const loss = next.loss.item();
      const gradientNorm = next.gradientNorm.item();
      if (!Number.isFinite(loss)) return nonFinite(`the loss is ${loss} ${place}`);
      proven = current;
      if (allFinite({ params: next.params, state: next.state }).item() === 0) {
        return nonFinite(`the update gave NaN or Infinity (from gradients of norm ${gradientNorm}) ${place}`);
      }
      current = { params: next.params, state: next.state };
      mean.add(loss, indices.size);
      largest = Math.max(largest, gradientNorm);
      await callbacks.onBatch?.({ epoch, batch, batches, loss, gradientNorm });
      await rest();
    }
    return { loss: mean.value(), gradientNorm: largest };
  };

  return {
    /** One epoch with its validation. Returns why training is to end, if it is. */
    async epoch(epoch: number): Promise<End | undefined> {
      const passed = await pass(epoch);
      if ("stopped" in passed) return passed;
      const validationLoss = validate({ ...options, loss }, current.params);
      if (validationLoss !== undefined && !Number.isFinite(validationLoss)) {
        return nonFinite(`the validation loss is ${validationLoss} after epoch ${epoch}`);
      }
      const record = { epoch, ...passed, validationLoss };
      history.push(record);
      const { params } = current;
      const isBest = watch.note({ epoch, loss: validationLoss ?? passed.loss, params });
      await callbacks.onEpoch?.({ ...record, epochs, isBest, params });
      await rest(true);
      if (!watch.shouldStop) return undefined;
      return { stopped: "earlyStopping", message: `no improvement after epoch ${watch.improved}` };
    },

    result(end: End): FitResult<P> {
      const { best } = watch;
      const last = end.stopped === "nonFinite" ? proven : current;
      // Without validation, an epoch's loss was measured on the way to its parameters: they may be what went wrong.
      const isProven = end.stopped !== "nonFinite" || options.validation !== undefined;
      const restores = options.earlyStopping !== undefined && options.earlyStopping.restoreBest !== false;
      const { params } = restores && isProven && best !== undefined ? best : last;
      return { params, best, last, history, ...end };
    },
  };
}

function nonFinite(message: string): End {
  return { stopped: "nonFinite", message };
}

function validate<P, Batch>(
  { loss, validation, batchSize }: FitOptions<P, Batch>,
  params: P,
): number | undefined {
  if (validation === undefined) return undefined;
  return evaluate(loss, params, validation, { batchSize: Math.min(batchSize, validation.size) });
}

/** Plain JavaScript may give anything. */
function checkCompile(how: unknown): void {
  if (how === undefined || typeof how === "boolean" || (typeof how === "object" && how !== null)) return;
  const got = how === null ? "null" : typeof how;
  throw new ArgumentError(`fit: got ${got} as compile, expected true, false, or options of compile`);
}

function checkOptions<P, Batch>({ epochs, validation, compile: how }: FitOptions<P, Batch>): void {
  checkCompile(how);
  if (!Number.isSafeInteger(epochs) || epochs < 1) {
    throw new ArgumentError(`fit: got ${shown(epochs)} epochs, expected a whole number of 1 or more`);
  }
  if (validation !== undefined && validation.size < 1) {
    throw new ArgumentError("fit: got no examples to validate on, expected some, or no validation");
  }
}
