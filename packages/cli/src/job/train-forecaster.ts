import type { Blas, CompileOptions, Explanation } from "@tapeloop/core";
import { adam, fit, type FitResult } from "@tapeloop/nn";
import type { Epoch } from "../progress/index.js";
import type { ForecastData } from "./forecast-data.js";
import type { Forecaster, ForecasterParams } from "./model.js";

/** How a model is trained. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Largest global norm of the gradients. */
  readonly clip: number;
  /** Epochs without a lower validation loss after which training ends. */
  readonly patience: number;
  readonly seed: number;
  /** A library that makes the larger matrix products. */
  readonly blas: Blas | undefined;
  /** How many threads train. */
  readonly threads: number | "auto";
}

/** What to tell while a model is trained. */
export interface TrainingEvents {
  readonly onEpoch: (epoch: Epoch) => void;
  /** A program has been made, the training step's first. */
  readonly onProgram: (explanation: Explanation) => void;
}

/**
 * Trains a model with Adam. Validation decides when to stop, and which epoch's parameters are kept; nothing looks at
 * the test span. The result follows from the arguments alone, bit for bit.
 */
export function trainForecaster(
  model: Forecaster,
  data: ForecastData,
  settings: TrainingSettings,
  { onEpoch, onProgram }: TrainingEvents,
  signal: AbortSignal,
): Promise<FitResult<ForecasterParams>> {
  const compile: CompileOptions = {
    blas: settings.blas,
    threads: settings.threads,
    onCompile: ({ explanation }) => {
      onProgram(explanation);
    },
  };
  return fit({
    params: model.init(settings.seed),
    loss: (params, batch) => model.loss(params, batch),
    data: data.training,
    validation: data.validation,
    optimizer: adam({ learningRate: settings.learningRate }),
    clipNorm: settings.clip,
    epochs: settings.epochs,
    batchSize: settings.batch,
    seed: settings.seed,
    earlyStopping: { patience: settings.patience },
    callbacks: { onEpoch: ({ epoch, loss, validationLoss }) => onEpoch({ epoch, loss, validationLoss }) },
    compile,
    signal,
  });
}
