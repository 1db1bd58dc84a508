import { describe, expect, it } from "vitest";
import * as core from "../../src/index.js";
import { tensor, observe, type Tensor } from "../../src/index.js";

/** The pieces that the last operation of `fn` reports. */
function piecesOf(fn: () => Tensor): number[] {
  let found: number[] = [];
  observe(({ op, inputs, attrs }) => {
    found = Array.from(op.pieces?.(inputs, attrs) ?? []);
  }, fn);
  return found;
}

const f64 = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "float64" });
const around = f64([-2, -1, -0.5, 0, 0.5, 1, 2]);

describe("pieces: even numbers within a smooth piece, odd ones at a boundary", () => {
  it.each(["relu", "leakyRelu", "elu", "softsign", "abs", "sign"] as const)(
    "%s has a boundary at 0",
    (name) => {
      expect(piecesOf(() => core[name](around))).toEqual([0, 0, 0, 1, 2, 2, 2]);
    },
  );

  it("clip has one at each bound", () => {
    expect(piecesOf(() => core.clip(around, -1, 1))).toEqual([0, 1, 2, 2, 2, 3, 4]);
    expect(piecesOf(() => core.clip(around, -Infinity, 1))).toEqual([2, 2, 2, 2, 2, 3, 4]);
  });

  it.each(["maximum", "minimum", "greater", "lessEqual", "equal"] as const)(
    "%s has one where its operands are equal, with broadcasting",
    (name) => {
      expect(piecesOf(() => core[name](around, 1))).toEqual([0, 0, 0, 0, 0, 1, 2]);
    },
  );

  it("max and argmax have a piece per winner and a boundary where two win", () => {
    const x = f64([
      [1, 3, 2],
      [5, 5, 2],
      [0, 1, 4],
    ]);
    for (const choose of [core.max, core.argmax])
      expect(piecesOf(() => choose(x, { axes: 1 }))).toEqual([2, 1, 4]);
    for (const choose of [core.min, core.argmin])
      expect(piecesOf(() => choose(x, { axes: 0 }))).toEqual([4, 4, 1]);
  });

  it("the staircases have one at each rise", () => {
    expect(piecesOf(() => core.floor(around))).toEqual([-5, -3, -2, -1, 0, 1, 3]);
    expect(piecesOf(() => core.ceil(around))).toEqual([-5, -3, -2, -1, 0, 1, 3]);
    expect(piecesOf(() => core.round(around))).toEqual([-4, -2, -1, 0, 1, 2, 4]);
    expect(piecesOf(() => core.cast(around, "int32"))).toEqual([-3, -1, 0, 0, 0, 1, 3]);
    expect(piecesOf(() => core.cast(around, "bool"))).toEqual([0, 0, 0, 1, 2, 2, 2]);
  });

  it("whole numbers do not move, so they have none", () => {
    const x = tensor([0, 1, 2], { dtype: "int32" });
    expect(piecesOf(() => core.maximum(x, 1))).toEqual([]);
    expect(piecesOf(() => core.abs(x))).toEqual([]);
    expect(piecesOf(() => core.max(x))).toEqual([]);
  });

  it("NaN is on no piece of a number", () => {
    const [piece = 0] = piecesOf(() => core.relu(f64([NaN])));
    expect([0, 1, 2]).not.toContain(piece);
  });
});
