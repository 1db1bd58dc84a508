export type { BestEpoch, EarlyStopping } from "./early-stopping.js";
export { evaluate } from "./evaluate.js";
export { fit } from "./fit.js";
export type {
  BatchEvent,
  EpochEvent,
  EpochRecord,
  FitCallbacks,
  FitOptions,
  FitResult,
} from "./fit-types.js";
export { shuffleKeys } from "./shuffle-keys.js";
export { trainStep, type TrainStep, type TrainStepOptions } from "./train-step.js";
