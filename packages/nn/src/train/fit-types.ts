import type { CompileOptions } from "@tapeloop/core";
import type { Dataset } from "../data/index.js";
import type { OptimizerState } from "../optim/index.js";
import type { BestEpoch, EarlyStopping } from "./early-stopping.js";
import type { TrainStepOptions } from "./train-step.js";

/** Settings of {@link fit}. */
export interface FitOptions<P, Batch> extends TrainStepOptions<P, Batch> {
  /** Where to begin. Not changed: the result holds new parameters. */
  readonly params: P;
  readonly data: Dataset<Batch>;
  /** How often to go through the data. */
  readonly epochs: number;
  /** Examples in a batch: 1 up to their number. */
  readonly batchSize: number;
  /** What the order of the examples is drawn from: a whole number. */
  readonly seed: number;
  /** Whether the examples come in a new order in each epoch (the default) or always as they are. */
  readonly shuffle?: boolean;
  /** Whether a last batch that is not full is kept (the default) or dropped. */
  readonly remainder?: "keep" | "drop";
  /** Examples on which the loss is measured after each epoch. */
  readonly validation?: Dataset<Batch> | undefined;
  readonly earlyStopping?: EarlyStopping | undefined;
  readonly callbacks?: FitCallbacks<P>;
  /**
   * Whether the training step is compiled to WebAssembly (the default). The loss is then traced once per kind of batch,
   * on shapes alone: it must not look at values, and what it takes from outside, other than tensors in `params` and
   * the batch, keeps the value that it had. With `false` it is called for every batch. Options are those of
   * `compile`: threads, or a native library for matrix products.
   */
  readonly compile?: boolean | CompileOptions;
  /** An `AbortSignal`: ends the training before the next batch; the result has what was reached. */
  readonly signal?: { readonly aborted: boolean } | undefined;
}

/** Called as training goes on; a promise is awaited. What they throw, `fit` throws. */
export interface FitCallbacks<P> {
  readonly onBatch?: (event: BatchEvent) => void | Promise<void>;
  readonly onEpoch?: (event: EpochEvent<P>) => void | Promise<void>;
}

/** A batch that has been learnt from. */
export interface BatchEvent {
  /** From 1. */
  readonly epoch: number;
  /** From 1. */
  readonly batch: number;
  /** Batches in an epoch. */
  readonly batches: number;
  /** Loss on the batch before the update. */
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}

/** What is known of an epoch that is over. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean of the batches' losses, as they were during the epoch, each weighted by its examples. */
  readonly loss: number;
  /** Loss on the validation data after the epoch. */
  readonly validationLoss: number | undefined;
  /** The largest of the epoch, before clipping. */
  readonly gradientNorm: number;
}

/** An epoch that is over, for the callback. */
export interface EpochEvent<P> extends EpochRecord {
  readonly epochs: number;
  /** Whether its loss (of validation, if there is one) is the lowest so far. */
  readonly isBest: boolean;
  readonly params: P;
}

/** What {@link fit} reached. */
export interface FitResult<P> {
  /** The trained parameters: the best epoch's under early stopping, unless it says otherwise; else the last. */
  readonly params: P;
  /** The epoch with the lowest loss (of validation, if there is one); undefined if none was completed. */
  readonly best: BestEpoch<P> | undefined;
  /** The last parameters and the optimiser's state that goes with them. */
  readonly last: { readonly params: P; readonly state: OptimizerState<P> };
  /** One record per completed epoch. */
  readonly history: readonly EpochRecord[];
  /** Why training ended. */
  readonly stopped: "epochs" | "earlyStopping" | "aborted" | "nonFinite";
  /** The same in words, with where it happened. */
  readonly message: string;
}
