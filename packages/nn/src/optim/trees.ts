import {
  ArgumentError,
  describe,
  DtypeError,
  isFloat,
  sameShape,
  ShapeError,
  treeLeaves,
  type Leaf,
  type Tensor,
} from "@tapeloop/core";

/** The tensors of a parameter tree. Throws ArgumentError when it has none, DtypeError for integers among them. */
export function floatLeaves(name: string, params: unknown): readonly Leaf[] {
  const leaves = treeLeaves(params);
  if (leaves.length === 0)
    throw new ArgumentError(`${name}: got a tree without tensors, expected parameters`);
  const other = leaves.find((leaf) => !isFloat(leaf.tensor.dtype));
  if (other !== undefined) {
    throw new DtypeError(`${name}: ${other.path} is ${other.tensor.dtype}, expected float32 or float64`);
  }
  return leaves;
}

/** The tensors of a tree that must be like the parameters, path for path, in shape and dtype. */
export function alike(name: string, what: string, params: readonly Leaf[], tree: unknown): readonly Tensor[] {
  const leaves = treeLeaves(tree);
  params.forEach(({ path, tensor: param }, i) => {
    const leaf = leaves[i];
    if (leaf?.path !== path) {
      throw new ArgumentError(
        `${name}: the ${what} have ${leaf === undefined ? "nothing" : leaf.path} where the parameters have ${path}`,
      );
    }
    const pair = `${path}: the ${what} are ${describe(leaf.tensor)}, the parameter is ${describe(param)}`;
    if (!sameShape(leaf.tensor.shape, param.shape)) throw new ShapeError(`${name}: ${pair}`);
    if (leaf.tensor.dtype !== param.dtype) throw new DtypeError(`${name}: ${pair}`);
  });
  const extra = leaves[params.length];
  if (extra !== undefined)
    throw new ArgumentError(`${name}: the ${what} have ${extra.path}, the parameters have not`);
  return leaves.map((leaf) => leaf.tensor);
}

/** The tensor at a place that is known to exist. */
export function at(tensors: readonly Tensor[], i: number): Tensor {
  const t = tensors[i];
  if (t === undefined) throw new ArgumentError(`got ${tensors.length} tensors, expected more than ${i}`);
  return t;
}

/** An object with the given keys. The keys are what the caller's type says; `Object.fromEntries` forgets it. */
export function recordOf<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>;
}
