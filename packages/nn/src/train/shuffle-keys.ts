import { foldIn, randomKey, type Tensor } from "@tapeloop/core";

/** Names the stream of random numbers that batches are drawn from. */
const SHUFFLING = 0x5af1e;

/**
 * The keys with which `fit` shuffles the batches of epoch 1, 2, …: for loops of your own that are to see the same
 * batches. Not of the seed's own stream, from which a caller draws the parameters.
 *
 * @throws ArgumentError for a seed that is no whole number, as `randomKey`
 */
export function shuffleKeys(seed: number): (epoch: number) => Tensor {
  const stream = foldIn(randomKey(seed), SHUFFLING);
  return (epoch) => foldIn(stream, epoch);
}
