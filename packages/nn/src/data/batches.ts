import {
  ArgumentError,
  arange,
  checkNumber,
  optionsOf,
  permutation,
  shown,
  slice,
  type Tensor,
} from "@tapeloop/core";
import { checkDataset, type Dataset } from "./dataset.js";

/** How examples are dealt out in batches. */
export interface BatchOptions {
  /** Examples in a batch: 1 up to their number. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is kept or dropped. */
  readonly remainder: "keep" | "drop";
  /** A random key: the examples come in the order that it gives. Without one they come as they are. */
  readonly key?: Tensor | undefined;
}

/**
 * All examples of a dataset once, in batches. The same key gives the same batches, on every machine.
 *
 * @throws ArgumentError unless the batch size is within 1 … number of examples
 */
export function batches<Batch>(data: Dataset<Batch>, options: BatchOptions): Iterable<Batch> {
  checkDataset("batches", data);
  const numbers = batchIndices(data.size, options);
  return {
    *[Symbol.iterator]() {
      for (const indices of numbers) yield data.batch(indices);
    },
  };
}

/** The numbers of the examples in each batch, int32 [batch]; see {@link batches}. */
export function batchIndices(size: number, options: BatchOptions): readonly Tensor[] {
  const { batchSize, key } = optionsOf("batches", options);
  checkNumber("batches", "size", size);
  const order = key === undefined ? arange(0, size, 1, { dtype: "int32" }) : permutation(key, size);
  return Array.from({ length: batchCount(size, options) }, (_, i) =>
    slice(order, { start: i * batchSize, stop: (i + 1) * batchSize }),
  );
}

/** How many batches `size` examples make. Throws ArgumentError unless the batch size is within 1 … size. */
export function batchCount(size: number, options: BatchOptions): number {
  const { batchSize, remainder } = optionsOf("batches", options);
  checkNumber("batches", "size", size);
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > size) {
    const range = size < 1 ? "examples, of which there are none" : `1 … ${size}, the number of examples`;
    throw new ArgumentError(`batches: got batch size ${shown(batchSize)}, expected ${range}`);
  }
  checkRemainder(remainder);
  return remainder === "keep" ? Math.ceil(size / batchSize) : Math.floor(size / batchSize);
}

function checkRemainder(remainder: string): void {
  if (remainder === "keep" || remainder === "drop") return;
  throw new ArgumentError(
    `batches: got remainder ${typeof remainder === "string" ? remainder : shown(remainder)}, expected "keep" or "drop"`,
  );
}
