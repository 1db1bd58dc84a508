import { checkFunction, optionsOf, type Tensor } from "@tapeloop/core";
import { batchIndices, type Dataset } from "../data/index.js";
import { checkDataset } from "../data/dataset.js";

/**
 * Loss of the parameters on a dataset, in batches: the mean of the batches' losses, each weighted by its number of
 * examples, so exactly the mean over all examples if the loss is a mean.
 *
 * @throws ArgumentError unless the batch size is within 1 … number of examples
 */
export function evaluate<P, Batch>(
  loss: (params: P, batch: Batch) => Tensor,
  params: P,
  data: Dataset<Batch>,
  options: { readonly batchSize: number },
): number {
  const { batchSize } = optionsOf("evaluate", options);
  checkFunction("evaluate", loss, "a loss: a function of parameters and batch");
  checkDataset("evaluate", data);
  const total = weightedMean();
  for (const indices of batchIndices(data.size, { batchSize, remainder: "keep" })) {
    total.add(loss(params, data.batch(indices)).item(), indices.size);
  }
  return total.value();
}

/** A mean that is gathered number by number, each with its weight. */
export function weightedMean(): { add(value: number, weight: number): void; value(): number } {
  let sum = 0;
  let weights = 0;
  return {
    add(value, weight) {
      sum += value * weight;
      weights += weight;
    },
    value: () => sum / weights,
  };
}
