import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayOverlap } from "../../../src/compile/emit/overlap.js";
import type { Buffer, Loop, View } from "../../../src/compile/ir.js";

const buffer = (address: number): Buffer => ({
  dtype: "float32",
  elements: 1000,
  name: "x",
  lasting: false,
  address,
});
const x = buffer(4096);
const view = (offset: number, shape: number[], strides: number[], of = x): View => ({
  ...{ buffer: of, offset, shape, strides, moves: [] },
});

function placesOf({ offset, shape, strides, buffer: { address = 0 } }: View): Set<number> {
  const places = shape.reduce(
    (all, size, axis) => all.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * strides[axis]!)),
    [offset + address / 4],
  );
  return new Set(places);
}

describe("whether views overlap", () => {
  const side = fc.integer({ min: 1, max: 6 });
  const any = fc
    .record({
      offset: fc.integer({ min: 0, max: 60 }),
      rows: side,
      columns: side,
      row: fc.constantFrom(0, 1, 5, 6, 12),
      column: fc.constantFrom(0, 1, 2, 5),
      address: fc.constantFrom(4096, 4128),
    })
    .map(({ offset, rows, columns, row, column, address }) =>
      view(offset, [rows, columns], [row, column], buffer(address)),
    );

  it("is never denied when they do", () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const shared = [...placesOf(a)].filter((at) => placesOf(b).has(at));
        expect(shared.length > 0 && !mayOverlap(a, b)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it("is denied for other rows, other columns, and beyond the end", () => {
    const left = view(0, [4, 5], [10, 1]);
    expect(mayOverlap(left, view(5, [4, 5], [10, 1]))).toBe(false);
    expect(mayOverlap(left, view(4, [4, 5], [10, 1]))).toBe(true);
    expect(mayOverlap(left, view(40, [4, 5], [10, 1]))).toBe(false);
    expect(mayOverlap(left, view(30, [4, 5], [10, 1]))).toBe(true);
    expect(mayOverlap(view(0, [10], [2]), view(1, [10], [2]))).toBe(false);
  });

  it("is denied for the two places of what moves to and fro, not for places that are closer", () => {
    const loop: Loop = { length: 4, reverse: false };
    const moving = (phase: 0 | 1, stride: number): View => ({
      ...view(0, [20], [1]),
      moves: [{ loop, stride, phase }],
    });
    expect(mayOverlap(moving(0, 20), moving(1, 20))).toBe(false);
    expect(mayOverlap(moving(0, 19), moving(1, 19))).toBe(true);
    expect(mayOverlap(moving(0, 20), moving(0, 20))).toBe(true);
  });
});
