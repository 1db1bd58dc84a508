export { adam, adamW, type AdamOptions, type AdamWOptions } from "./adam.js";
export { allFinite, clipByGlobalNorm, globalNorm } from "./clip.js";
export type { LearningRate } from "./learning-rate.js";
export { defineOptimizer, type Optimizer, type OptimizerRule, type OptimizerState } from "./optimizer.js";
export { rmsProp, type RmsPropOptions } from "./rms-prop.js";
export {
  constant,
  cosineDecay,
  defineSchedule,
  exponentialDecay,
  stepDecay,
  warmUp,
  type DecayOptions,
  type Schedule,
} from "./schedules.js";
export { sgd, type SgdOptions } from "./sgd.js";
export { skipNonFinite } from "./skip-non-finite.js";
