export { crossEntropy } from "./cross-entropy.js";
export { huber, mae, mse } from "./regression.js";
export type { LossOptions, LossReduction } from "./reduction.js";
