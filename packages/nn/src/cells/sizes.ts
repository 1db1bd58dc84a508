import { ArgumentError, createRng, randomKey, sameShape, trace, treeLeaves, type Tree } from "@tapeloop/core";
import type { Cell, CellSizes } from "./cell.js";

const known = new WeakMap<object, Map<string, number | undefined>>();

/**
 * The sizes that a cell's parameters were made with, so that `unroll` needs only the parameters. The initialiser is
 * run on shapes alone for each size that occurs in them, and the one hidden size that reproduces all shapes is it.
 *
 * @throws ArgumentError when none does: the cell has further sizes, or these are another cell's parameters
 */
export function sizesOf<P extends Tree, S extends Tree>(cell: Cell<P, S>, params: P, input: number): CellSizes {
  const leaves = treeLeaves(params);
  const signature = `${input}|${leaves.map(({ path, tensor }) => `${path}:${tensor.shape.join("x")}`).join("|")}`;
  let memo = known.get(cell);
  if (memo === undefined) known.set(cell, (memo = new Map()));
  if (!memo.has(signature)) {
    const candidates = [...new Set(leaves.flatMap(({ tensor }) => tensor.shape))];
    memo.set(signature, candidates.find((hidden) => hidden >= 1 && reproduces(cell, { input, hidden }, params)));
  }
  const hidden = memo.get(signature);
  if (hidden === undefined) {
    throw new ArgumentError(
      `${cell.name}: no hidden size gives these parameters for input size ${input} ` +
        `(${leaves.map(({ path, tensor }) => `${path} [${tensor.shape.join(", ")}]`).join(", ")}); ` +
        "check the data's last axis, or pass the option sizes or state",
    );
  }
  return { input, hidden };
}

function reproduces<P extends Tree, S extends Tree>(cell: Cell<P, S>, sizes: CellSizes, params: P): boolean {
  let same = false;
  trace(
    (inputs) => {
      const made = treeLeaves(cell.init(sizes, createRng(inputs[0] ?? randomKey(0))));
      const given = treeLeaves(params);
      same =
        made.length === given.length &&
        made.every(({ path, tensor }, i) => {
          const other = given[i];
          return other !== undefined && path === other.path && sameShape(tensor.shape, other.tensor.shape);
        });
      return [];
    },
    [{ shape: [2], dtype: "int32" }],
  );
  return same;
}
