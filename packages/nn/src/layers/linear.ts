import { affine, ArgumentError, createRng, normal, scope, take, zeros, type Rng, type Tensor } from "@tapeloop/core";
import { glorotUniform } from "../cells/initializers.js";

/** Parameters of {@link linear}: w [input, output], b [output]. */
export type LinearParams = { readonly w: Tensor; readonly b: Tensor };

/** The fully connected layer x·w + b.  x [..., input] → [..., output]. */
export const linear = {
  /** Fresh parameters: glorot-uniform weight, zero bias. */
  init({ input, output }: { readonly input: number; readonly output: number }, seed: number | Rng): LinearParams {
    return { w: glorotUniform(rngOf(seed), [input, output]), b: zeros([output]) };
  },
  apply: ({ w, b }: LinearParams, x: Tensor): Tensor => scope("linear", () => affine(x, w, b)),
};

/** Parameters of {@link embedding}: table [vocabulary, features]. */
export type EmbeddingParams = { readonly table: Tensor };

/** A look-up table for symbols.  ids int32 [...] → [..., features]; the gradient reaches only the rows used. */
export const embedding = {
  /** Fresh parameters: standard normal rows, as in PyTorch. */
  init(
    { vocabulary, features }: { readonly vocabulary: number; readonly features: number },
    seed: number | Rng,
  ): EmbeddingParams {
    if (vocabulary < 1) throw new ArgumentError(`embedding: got vocabulary ${vocabulary}, expected at least 1`);
    return { table: normal(rngOf(seed).key(), [vocabulary, features]) };
  },
  apply: ({ table }: EmbeddingParams, ids: Tensor): Tensor => scope("embedding", () => take(table, ids, 0)),
};

function rngOf(seed: number | Rng): Rng {
  return typeof seed === "number" ? createRng(seed) : seed;
}
