import {
  add,
  ArgumentError,
  mul,
  tensor,
  treeLeaves,
  treeMap,
  treeMap2,
  treeTensors,
  treeUnflatten,
  zeros,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const a = tensor(1);
const b = tensor(2);
const c = tensor(3);

/** Trees of scalars, with nulls and empty branches. */
const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.nat(99).map((n): Tree => tensor(n)),
    fc.constantFrom<Tree>(null, undefined),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("w", "b", "cell", "10", "9"), tie("tree"), { maxKeys: 3 }),
  ),
})).tree;

describe("the leaves of a tree", () => {
  it("come with their paths: keys in code-unit order, arrays by index", () => {
    const tree = { w: a, cell: { h: [b, null, c] }, B: undefined };
    expect(treeLeaves(tree)).toEqual([
      { path: "cell.h[0]", tensor: b },
      { path: "cell.h[2]", tensor: c },
      { path: "w", tensor: a },
    ]);
    expect(treeLeaves(a, "x")).toEqual([{ path: "x", tensor: a }]);
    expect(treeLeaves([a], "xs")).toEqual([{ path: "xs[0]", tensor: a }]);
    expect(treeLeaves(null)).toEqual([]);
  });

  it("do not depend on the order in which keys were written", () => {
    expect(treeTensors({ b, a })).toEqual(treeTensors({ a, b }));
    expect(treeTensors({ b, a })).toEqual([a, b]);
  });

  it("are tensors: other values are refused by path", () => {
    expect(() => treeLeaves({ cell: { size: 3 } })).toThrow(
      "tree: got number at cell.size, expected tensors in arrays and plain objects",
    );
    expect(() => treeLeaves("text")).toThrow("tree: got string at the root");
    expect(() => treeLeaves([new Map()])).toThrow("tree: got object at [0]");
    expect(() => treeLeaves({ f: () => a })).toThrow(ArgumentError);
  });
});

describe("treeMap", () => {
  it("keeps the structure, nulls included, and gives the paths", () => {
    const paths: string[] = [];
    const tree = { w: a, rest: [null, b, undefined] } as const;
    const doubled = treeMap<Tree>(tree, (t, path) => {
      paths.push(path);
      return mul(t, 2);
    });
    expect(paths).toEqual(["rest[1]", "w"]);
    expect(doubled).toEqual({ w: mul(a, 2), rest: [null, mul(b, 2), undefined] });
    expect(tree.w).toBe(a);
  });

  it("and treeUnflatten rebuild any tree from its tensors", () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const same = treeMap(tree, (t) => t);
        expect(same).toEqual(tree);
        const rebuilt = treeUnflatten(tree, treeTensors(tree));
        expect(rebuilt).toEqual(tree);
        treeTensors(rebuilt).forEach((t, i) => expect(t).toBe(treeTensors(tree)[i]));
      }),
    );
  });

  it("passes a key such as __proto__ through without harm", () => {
    const tree: Tree = Object.fromEntries([["__proto__", a]]);
    const mapped = treeMap(tree, () => b);
    expect(treeLeaves(mapped)).toEqual([{ path: "__proto__", tensor: b }]);
  });
});

describe("treeMap2", () => {
  it("combines two trees tensor by tensor", () => {
    const sum = (x: Tensor, y: Tensor): Tensor => add(x, y);
    expect(treeMap2({ x: a, y: [b] }, { y: [c], x: a }, sum)).toEqual({ x: add(a, a), y: [add(b, c)] });
  });

  it("refuses trees of other structures", () => {
    const first = (x: Tensor): Tensor => x;
    expect(() => treeMap2<Tree>([a, b], [a], first)).toThrow("treeMap2: got trees of 2 and 1 tensors");
    expect(() => treeMap2<Tree>({ x: a }, { y: a }, first)).toThrow(
      "treeMap2: got y beside x, expected one structure",
    );
  });
});

describe("treeUnflatten", () => {
  it("refuses too few and too many tensors", () => {
    expect(() => treeUnflatten([a, b], [c])).toThrow("treeUnflatten: got 1 tensors, expected more");
    expect(() => treeUnflatten([a], [b, zeros([2])])).toThrow("treeUnflatten: got 2 tensors, expected 1");
  });
});
