import { ArgumentError } from "../errors.js";
import { checkFunction, checkList, checkString, isPlain } from "../expect.js";
import { isTensor, type Tensor } from "./tensor.js";

/**
 * Tensors in plain nested objects and arrays: parameters, states, batches. `null` and `undefined` hold no tensors
 * and are kept as they are.
 */
export type Tree = Tensor | null | undefined | readonly Tree[] | { readonly [key: string]: Tree };

/** A tensor of a tree with the path that leads to it, such as `cell.wf` or `[0].h`. */
export interface Leaf {
  readonly path: string;
  readonly tensor: Tensor;
}

/** All tensors of a tree with their paths: objects in key order, arrays by index. Throws ArgumentError on other values. */
export function treeLeaves(tree: unknown, root = ""): Leaf[] {
  checkString("treeLeaves", "root", root);
  const leaves: Leaf[] = [];
  walk(tree, root, (path, tensor) => void leaves.push({ path, tensor }));
  return leaves;
}

/** All tensors of a tree, in the order of {@link treeLeaves}. */
export function treeTensors(tree: unknown): Tensor[] {
  return treeLeaves(tree).map((leaf) => leaf.tensor);
}

/** The same tree with every tensor replaced by `fn(tensor, path)`. */
export function treeMap<T extends Tree>(tree: T, fn: (t: Tensor, path: string) => Tensor): T {
  checkFunction("treeMap", fn);
  return mapTensors(tree, fn);
}

/**
 * Two trees of one structure combined tensor by tensor. Throws ArgumentError where the structures differ.
 */
export function treeMap2<T extends Tree>(a: T, b: T, fn: (a: Tensor, b: Tensor, path: string) => Tensor): T {
  checkFunction("treeMap2", fn);
  const right = treeLeaves(b);
  const count = treeLeaves(a).length;
  if (count !== right.length)
    throw new ArgumentError(`treeMap2: got trees of ${count} and ${right.length} tensors`);
  let next = 0;
  return mapTensors(a, (t, path) => {
    const leaf = right[next++];
    if (leaf?.path !== path)
      throw new ArgumentError(
        `treeMap2: got ${leaf?.path ?? "nothing"} beside ${path}, expected one structure`,
      );
    return fn(t, leaf.tensor, path);
  });
}

/** Rebuilds a tree from the tensors of {@link treeTensors}, in that order. */
export function treeUnflatten<T>(like: T, tensors: readonly Tensor[]): T {
  checkList("treeUnflatten", "tensors", tensors, "a list of them");
  let next = 0;
  const tree = mapTensors(like, () => {
    const t = tensors[next++];
    if (t === undefined)
      throw new ArgumentError(`treeUnflatten: got ${tensors.length} tensors, expected more`);
    return t;
  });
  if (next !== tensors.length)
    throw new ArgumentError(`treeUnflatten: got ${tensors.length} tensors, expected ${next}`);
  return tree;
}

/** Replaces the tensors inside any value; what is not a tensor, array or plain object passes through untouched. */
export function mapTensors<T>(value: T, fn: (t: Tensor, path: string) => Tensor): T {
  const visit = (v: unknown, path: string): unknown => {
    if (isTensor(v)) return fn(v, path);
    if (Array.isArray(v)) return v.map((item, i) => visit(item, `${path}[${i}]`));
    if (isPlain(v)) {
      return Object.fromEntries(keysOf(v).map((key) => [key, visit(v[key], join(path, key))]));
    }
    return v;
  };
  return sameType(value, visit(value, ""));
}

/** The mapped value has the structure of the original, tensor for tensor; TypeScript cannot follow the rebuilding. */
function sameType<T>(_like: T, rebuilt: unknown): T {
  return rebuilt as T;
}

function walk(value: unknown, path: string, visit: (path: string, t: Tensor) => void): void {
  if (isTensor(value)) visit(path, value);
  else if (Array.isArray(value)) value.forEach((item, i) => walk(item, `${path}[${i}]`, visit));
  else if (isPlain(value)) for (const key of keysOf(value)) walk(value[key], join(path, key), visit);
  else if (value !== undefined && value !== null) {
    throw new ArgumentError(
      `tree: got ${typeof value} at ${path || "the root"}, expected tensors in arrays and plain objects`,
    );
  }
}

/** Keys in code-unit order, so that equal trees flatten equally however they were written. */
function keysOf(value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value).sort();
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
