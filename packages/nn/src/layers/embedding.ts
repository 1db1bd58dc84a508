import { normal, scope, take, type Rng, type Tensor } from "@tapeloop/core";
import { checkSizes, rngOf } from "../cells/sizes.js";

/** Parameters of {@link embedding}: table [vocabulary, features]. */
export type EmbeddingParams = { readonly table: Tensor };

/** Sizes of {@link embedding}: how many symbols there are, and numbers for each. */
export interface EmbeddingSizes {
  readonly vocabulary: number;
  readonly features: number;
}

/** A look-up table for symbols; the gradient reaches only the rows used. */
export const embedding = {
  /** Fresh parameters: standard normal rows, as in PyTorch. Throws ArgumentError unless sizes are whole and ≥ 1. */
  init({ vocabulary, features }: EmbeddingSizes, seed: number | Rng): EmbeddingParams {
    checkSizes("embedding", { vocabulary, features });
    return { table: normal(rngOf(seed).key(), [vocabulary, features]) };
  },
  /**
   * ids int32 [...] → [..., features].
   * Throws DtypeError for other dtypes, ArgumentError for an id outside 0 … vocabulary − 1.
   */
  apply: ({ table }: EmbeddingParams, ids: Tensor): Tensor => scope("embedding", () => take(table, ids, 0)),
};
