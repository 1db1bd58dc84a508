import { permute, treeMap, type Tensor, type Tree } from "@tapeloop/core";

/** Between [..., batch, features] and [..., features, batch]; what has fewer axes stays. A view. */
export function swapLayout(t: Tensor): Tensor {
  const axes = t.shape.map((_, i) => i);
  return t.rank < 2 ? t : permute(t, [...axes.slice(0, -2), t.rank - 1, t.rank - 2]);
}

/** {@link swapLayout} for every tensor of a tree. */
export function swapLayouts<T extends Tree>(tree: T): T {
  return treeMap(tree, swapLayout);
}
