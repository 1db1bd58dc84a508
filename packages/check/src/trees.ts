import { treeLeaves, treeUnflatten, type Tensor, type Tree } from "@tapeloop/core";

/**
 * What a type parameter of trees extends: `P extends TreeOf<P>`. Takes types written as interfaces, too, which core's
 * `Tree` refuses, as they have no index signature; what is no tensor at any depth is refused all the same.
 */
export type TreeOf<T> = Tree | { readonly [K in keyof T]: Branch<T[K]> };

type Branch<T> = T extends Tree
  ? T
  : T extends (...args: never) => unknown
    ? never
    : T extends object
      ? { readonly [K in keyof T]: Branch<T[K]> }
      : never;

/** The same tree with every tensor replaced by `fn(tensor, path)`. */
export function mapTree<T>(tree: T, fn: (t: Tensor, path: string) => Tensor): T {
  return treeUnflatten(
    tree,
    treeLeaves(tree).map(({ tensor, path }) => fn(tensor, path)),
  );
}
