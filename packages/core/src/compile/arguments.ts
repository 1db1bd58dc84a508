import { isPlain } from "../expect.js";
import { isTensor, type Tensor, type TensorType } from "../tensor/tensor.js";
import { sameShape } from "../tensor/shape.js";

/** A value taken apart: its tensors, in the order of `treeLeaves`, and all else about it. */
export interface Parts {
  readonly tensors: readonly Tensor[];
  /** Structure and other values, as a list that is equal for equal structures and values. */
  readonly rest: readonly unknown[];
}

/** Stand in the list for what cannot be mistaken for a value. */
const ARRAY = Symbol("array");
const OBJECT = Symbol("object");
const TENSOR = Symbol("tensor");

/** Takes arguments apart. Faster than a walk that keeps track of paths: it is done at every call. */
export function partsOf(value: unknown): Parts {
  const tensors: Tensor[] = [];
  const rest: unknown[] = [];
  const visit = (item: unknown): void => {
    if (isTensor(item)) {
      tensors.push(item);
      rest.push(TENSOR);
    } else if (Array.isArray(item)) {
      rest.push(ARRAY, item.length);
      for (const inner of item) visit(inner);
    } else if (isPlain(item)) {
      const keys = Object.keys(item).sort();
      rest.push(OBJECT, keys.length);
      for (const key of keys) {
        rest.push(key);
        visit(item[key]);
      }
    } else rest.push(item);
  };
  visit(value);
  return { tensors, rest };
}

/** Whether arguments are such as a program was made for: the same structure, types and other values. */
export function fits(
  { tensors, rest }: Parts,
  types: readonly TensorType[],
  like: readonly unknown[],
): boolean {
  return (
    rest.length === like.length &&
    tensors.length === types.length &&
    rest.every((item, i) => Object.is(item, like[i])) &&
    tensors.every(({ shape, dtype }, i) => {
      const type = types[i];
      return dtype === type?.dtype && (shape === type.shape || sameShape(shape, type.shape));
    })
  );
}
