import { checkFunction, checkMethods, optionsOf, valueAndGrad, type Tensor } from "@tapeloop/core";
import { checkMaxNorm } from "../optim/clip.js";
import { clipByGlobalNorm, globalNorm, type Optimizer, type OptimizerState } from "../optim/index.js";

/** What is trained, and how: the parts of one update. */
export interface TrainStepOptions<P, Batch> {
  /** Loss [] of the parameters on a batch. */
  readonly loss: (params: P, batch: Batch) => Tensor;
  readonly optimizer: Optimizer;
  /** Largest global norm of the gradients; see {@link clipByGlobalNorm}. By default they are not clipped. */
  readonly clipNorm?: number | undefined;
}

/** An update that has been computed. */
export interface TrainStep<P> {
  readonly params: P;
  readonly state: OptimizerState<P>;
  /** Loss of the parameters before the update: []. */
  readonly loss: Tensor;
  /** Global norm of the gradients before clipping: float64 []. */
  readonly gradientNorm: Tensor;
}

/**
 * One update as a pure function of parameters, the optimiser's state and a batch: loss, gradients, clipping and the
 * optimiser's step, all core operations, so that the whole of it can be recorded and compiled.
 */
export function trainStep<P, Batch>(
  options: TrainStepOptions<P, Batch>,
): (params: P, state: OptimizerState<P>, batch: Batch) => TrainStep<P> {
  const { loss, optimizer, clipNorm } = optionsOf("trainStep", options);
  checkFunction("trainStep", loss, "a loss: a function of parameters and batch");
  checkMethods("trainStep", optimizer, "the optimizer, expected one such as adam makes", ["init", "update"]);
  if (clipNorm !== undefined) checkMaxNorm(clipNorm);
  const lossAndGradient = valueAndGrad((params: P, batch: Batch) => loss(params, batch));
  return (params, state, batch) => {
    const [value, gradients] = lossAndGradient(params, batch);
    const { grads, norm } =
      clipNorm === undefined
        ? { grads: gradients, norm: globalNorm(gradients) }
        : clipByGlobalNorm(gradients, clipNorm);
    return { ...optimizer.update(params, grads, state), loss: value, gradientNorm: norm };
  };
}
