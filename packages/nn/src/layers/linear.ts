import { affine, scope, zeros, type Rng, type Tensor } from "@tapeloop/core";
import { glorotUniform } from "../cells/initializers.js";
import { checkSizes, rngOf } from "../cells/sizes.js";

/** Parameters of {@link linear}: w [input, output], b [output]. */
export type LinearParams = { readonly w: Tensor; readonly b: Tensor };

/** Sizes of {@link linear}: features in and out. */
export interface LinearSizes {
  readonly input: number;
  readonly output: number;
}

/** The fully connected layer x·w + b. */
export const linear = {
  /** Fresh parameters: glorot-uniform weight, zero bias. Throws ArgumentError unless sizes are whole and ≥ 1. */
  init({ input, output }: LinearSizes, seed: number | Rng): LinearParams {
    checkSizes("linear", { input, output });
    return { w: glorotUniform(rngOf(seed), [input, output]), b: zeros([output]) };
  },
  /** x [..., n, input] → [..., n, output]: a batch, or all time steps at once. Throws ShapeError when sizes differ. */
  apply: ({ w, b }: LinearParams, x: Tensor): Tensor => scope("linear", () => affine(x, w, b)),
};
