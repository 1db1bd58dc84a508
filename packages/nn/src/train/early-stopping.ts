import { ArgumentError } from "@tapeloop/core";

/** When to stop before the last epoch. The loss watched is that of validation, or of training if there is none. */
export interface EarlyStopping {
  /** Epochs without improvement after which to stop: 1 or more. */
  readonly patience: number;
  /** How much lower than before the loss must be to count as improved; 0 by default. */
  readonly minDelta?: number;
  /** Whether the result is the best epoch's parameters (the default) or the last ones. */
  readonly restoreBest?: boolean;
}

/** The epoch with the lowest loss so far. */
export interface BestEpoch<P> {
  readonly epoch: number;
  readonly loss: number;
  readonly params: P;
}

/** Watches the losses of epochs: which was the best, and whether it is time to stop. */
export interface Watch<P> {
  readonly best: BestEpoch<P> | undefined;
  /** The epoch in which the loss last improved by enough. */
  readonly improved: number;
  readonly shouldStop: boolean;
  /** Takes note of an epoch. Returns whether it is the best so far. */
  note(epoch: BestEpoch<P>): boolean;
}

/** Throws ArgumentError for settings of early stopping that are out of range. */
export function watchLosses<P>(stopping: EarlyStopping | undefined): Watch<P> {
  const { patience = Infinity, minDelta = 0 } = stopping ?? {};
  if (stopping !== undefined && (!Number.isInteger(patience) || patience < 1)) {
    throw new ArgumentError(`fit: got patience ${patience}, expected a whole number of epochs, 1 or more`);
  }
  if (!(minDelta >= 0)) throw new ArgumentError(`fit: got minDelta ${minDelta}, expected 0 or more`);
  let best: BestEpoch<P> | undefined;
  /** The loss that the next must be below; the best one may have been lower by less than minDelta. */
  let mark = Infinity;
  let improved = 0;
  let waited = 0;
  return {
    get best() {
      return best;
    },
    get improved() {
      return improved;
    },
    get shouldStop() {
      return waited >= patience;
    },
    note(epoch) {
      waited++;
      if (epoch.loss < mark - minDelta) {
        mark = epoch.loss;
        improved = epoch.epoch;
        waited = 0;
      }
      const isBest = best === undefined || epoch.loss < best.loss;
      if (isBest) best = epoch;
      return isBest;
    },
  };
}
