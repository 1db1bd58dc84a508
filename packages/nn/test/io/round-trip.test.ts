import { fc, test } from "@fast-check/vitest";
import { dtypes, tensor, treeLeaves, type Tensor, type Tree } from "@tapeloop/core";
import { loadInto, loadSafetensors, saveSafetensors, SafetensorsError } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { toFileOrder } from "../../src/io/format.js";
import { headerOf, pythonFile } from "./files.js";

const model = () => ({
  cell: { wf: tensor([[0.5, -1, 2]]), bf: tensor([1, 2, 3], { dtype: "float64" }) },
  layers: [{ w: tensor([1, -2], { dtype: "int32" }) }, { w: tensor(true) }],
});

describe("saveSafetensors", () => {
  it("names tensors by their path, with dots", () => {
    const { tensors } = loadSafetensors(saveSafetensors(model()));
    expect([...tensors.keys()].sort()).toEqual(["cell.bf", "cell.wf", "layers.0.w", "layers.1.w"]);
  });

  it("writes byte for byte what Python's package writes for the same tensors", () => {
    const tree = {
      größe: tensor([1e-3]),
      layers: [
        {
          steps: tensor(-7, { dtype: "int32" }),
          mask: tensor([[true, false, true]]),
          empty: tensor([], { shape: [0, 4] }),
        },
      ],
      cell: {
        wf: tensor([0, 0.25, 0.5, 0.75, 1, 1.25], { shape: [2, 3] }),
        bf: tensor([-1.5, Infinity, NaN], { dtype: "float64" }),
      },
    };
    expect(saveSafetensors(tree, { cell: 'mgu "quoted"' })).toEqual(pythonFile());
  });

  it("gives equal bytes for equal trees, whatever the order of their keys", () => {
    const { cell, layers } = model();
    const swapped = { layers, cell: { bf: cell.bf, wf: cell.wf } };
    expect(saveSafetensors(swapped, { b: "2", a: "1" })).toEqual(
      saveSafetensors(model(), { a: "1", b: "2" }),
    );
  });

  it("aligns the data of every tensor to its element size", () => {
    const bytes = saveSafetensors({
      a: tensor([true]),
      b: tensor([1]),
      c: tensor([2], { dtype: "float64" }),
    });
    const header = headerOf(bytes);
    expect(header.length % 8).toBe(0);
    expect(header.trimEnd()).toBe(
      '{"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],' +
        '"data_offsets":[8,12]},"a":{"dtype":"BOOL","shape":[1],"data_offsets":[12,13]}}',
    );
  });

  it("stores the elements of a view in the view's order", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const { tensors } = loadSafetensors(saveSafetensors({ x: x.transpose() }));
    expect(tensors.get("x")?.toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  it("refuses two tensors that would have one name", () => {
    const [a, b] = [tensor(1), tensor(2)];
    expect(() => saveSafetensors({ "a.b": a, a: { b } })).toThrow(
      'safetensors: a.b and a.b would both be stored as "a.b": rename one of them',
    );
    expect(() => saveSafetensors({ a: [a], "a.0": b })).toThrow(SafetensorsError);
  });

  it("refuses names that cannot be stored", () => {
    for (const tree of [tensor(1), { "": tensor(1) }, { __metadata__: tensor(1) }, { "\ud800": tensor(1) }]) {
      expect(() => saveSafetensors(tree)).toThrow(SafetensorsError);
    }
  });

  it("refuses metadata that is not Unicode text", () => {
    expect(() => saveSafetensors({}, { a: "\udc00" })).toThrow(SafetensorsError);
    // As a JavaScript caller might.
    const call = (): unknown => Reflect.apply(saveSafetensors, undefined, [{}, { a: 1 }]);
    expect(call).toThrow('safetensors: metadata: got number under "a", expected Unicode text');
  });
});

describe("the bytes in a file", () => {
  it("are little-endian on a big-endian machine too", () => {
    const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
    toFileOrder(bytes, 4, false);
    expect([...bytes]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
    toFileOrder(bytes, 1, false);
    toFileOrder(bytes, 8, true);
    expect([...bytes]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  });
});

describe("loadInto", () => {
  it("reads a Buffer of Node, which may be a part of a larger piece of memory", () => {
    const bytes = Buffer.from(saveSafetensors(model()));
    expect(loadSafetensors(bytes).tensors.get("cell.bf")?.toArray()).toEqual([1, 2, 3]);
  });

  it("rebuilds the tree of its template", () => {
    const saved = model();
    const template = model();
    const loaded = loadInto(template, saveSafetensors(saved));
    expect(treeLeaves(loaded).map(({ path, tensor: t }) => [path, t.toArray()])).toEqual(
      treeLeaves(saved).map(({ path, tensor: t }) => [path, t.toArray()]),
    );
  });

  it("takes a file that has been read already, and keeps the template's labels", () => {
    const template = { w: tensor([0, 0]) };
    template.w.label = "weights";
    const loaded = loadInto(template, loadSafetensors(saveSafetensors({ w: tensor([1, 2]) })));
    expect(loaded.w.toArray()).toEqual([1, 2]);
    expect(loaded.w.label).toBe("weights");
  });

  it("names every tensor that is missing or too many", () => {
    const bytes = saveSafetensors({ a: tensor(1), old: tensor(1) });
    expect(() => loadInto({ a: tensor(0), b: tensor(0), c: [tensor(0)] }, bytes)).toThrow(
      'loadInto: the file lacks "b", "c.0" and has "old", which the template lacks',
    );
  });

  it("names every tensor of another shape or dtype", () => {
    const bytes = saveSafetensors({ a: tensor([1, 2]), b: tensor(1), c: tensor(1) });
    expect(() =>
      loadInto({ a: tensor([[1, 2]]), b: tensor(1, { dtype: "float64" }), c: tensor(0) }, bytes),
    ).toThrow(
      'loadInto: "a": got float32 [2], expected float32 [1, 2]; "b": got float32 [], expected float64 []',
    );
  });
});

const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypes), shape, fc.nat())
  .map(([dtype, dims, seed]) => {
    const size = dims.reduce((product, n) => product * n, 1);
    const fraction = dtype === "float32" || dtype === "float64" ? 1 / 7 : 0;
    const values = Array.from(
      { length: size },
      (_, i) => ((seed % 1000) + i) % (dtype === "bool" ? 2 : 1001),
    );
    return tensor(
      values.map((v) => v + v * fraction),
      { dtype, shape: dims },
    );
  });
const anyTree = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    anyTensor,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(
      fc.string({ unit: "grapheme", maxLength: 4 }).map((key) => `k${key.replace(/[.[\]]/g, "")}`),
      tie("tree"),
    ),
  ),
})).tree;

test.prop([anyTree.map((root) => ({ root }))])("any tree comes back bit for bit", (tree) => {
  const bytes = saveSafetensors(tree);
  const loaded = loadInto(tree, bytes);
  expect(saveSafetensors(loaded)).toEqual(bytes);
  const pairs = treeLeaves(tree).map(({ tensor: t }, i) => [t, treeLeaves(loaded)[i]?.tensor] as const);
  for (const [saved, back] of pairs) {
    expect(back?.dtype).toBe(saved.dtype);
    expect(back?.shape).toEqual(saved.shape);
    expect(back?.data).toEqual(saved.data);
  }
});
