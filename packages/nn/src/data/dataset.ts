import {
  ArgumentError,
  ShapeError,
  checkMethods,
  describe,
  take,
  treeLeaves,
  treeUnflatten,
  type Tensor,
} from "@tapeloop/core";

/** Examples that can be had in batches. `Batch` is whatever the loss takes: usually an object of tensors. */
export interface Dataset<Batch> {
  /** Number of examples. */
  readonly size: number;
  /** The examples with the given numbers, int32 [batch], in that order; all of them if there are none. */
  batch(indices?: Tensor): Batch;
}

/** Throws ArgumentError for what is no dataset. */
export function checkDataset(where: string, data: unknown): void {
  checkMethods(where, data, "the data, expected { size, batch }, as examples makes", ["batch"]);
}

/**
 * A dataset of tensors that hold one example per place of their first axis, such as `{ x: [examples, …],
 * y: [examples, …] }`. A batch is the same tree with [batch, …].
 *
 * @throws ArgumentError for a tree without tensors, ShapeError when they differ in the number of examples
 */
export function examples<T>(tree: T): Dataset<T> {
  const leaves = treeLeaves(tree);
  const [first] = leaves;
  if (first === undefined) throw new ArgumentError("examples: got a tree without tensors");
  const [size = 0] = first.tensor.shape;
  for (const { path, tensor } of leaves) {
    if (tensor.rank > 0 && tensor.shape[0] === size) continue;
    throw new ShapeError(
      `examples: ${path} is ${describe(tensor)}, expected [${size}, …] with ${size} examples as in ${first.path}`,
    );
  }
  return {
    size,
    batch(indices) {
      if (indices === undefined) return tree;
      const taken = leaves.map(({ tensor }) => take(tensor, indices));
      return treeUnflatten(tree, taken);
    },
  };
}
