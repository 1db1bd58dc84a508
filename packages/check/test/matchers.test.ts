import "@tapeloop/check/vitest";
import type { AdjointOptions } from "@tapeloop/check";
import { customGradient, mul, square, sub, sum, tanh, tensor, zeros, type Tensor } from "@tapeloop/core";
import { expect, expectTypeOf, test, type Matchers } from "vitest";
import { wrongOp } from "./cross/wrong.js";

const x = tensor([0.5, -1.5, 2], { dtype: "float64" });
const cube = (t: Tensor): Tensor => sum(mul(t, square(t)));
const handCube = (t: Tensor): number[][] => [Array.from(t.data, (v) => 3 * v * v)];
const wrong = wrongOp(1.001);

test("toPassGradgradcheck", () => {
  expect((t: Tensor) => tanh(t)).toPassGradgradcheck([x]);
  expect(wrong).not.toPassGradgradcheck([x]);
  expect(() => expect(wrong).toPassGradgradcheck([x])).toThrow(/gradgradcheck failed/);
});

test("toPassAdjointTest", () => {
  expect((t: Tensor) => tanh(t)).toPassAdjointTest([x]);
  const torn = customGradient((t: Tensor) => square(t), {
    vjp: (dy, [t]) => [mul(dy, mul(t, 2))],
    jvp: ([dt], [t]) => mul(dt, mul(t, 3)),
  });
  expect(() => expect(torn).toPassAdjointTest([x])).toThrow(/adjoint test failed/);
});

test("toPassTaylorTest", () => {
  expect((t: Tensor) => tanh(t)).toPassTaylorTest([x], { seed: 3 });
  expect(() => expect(wrong).toPassTaylorTest([x])).toThrow(/taylor test failed/);
});

test("toMatchGradientOf says which one is wrong", () => {
  expect(handCube).toMatchGradientOf(cube, [x]);
  expect(() => expect(() => [[1, 2, 3]]).toMatchGradientOf(cube, [x])).toThrow(/the hand formula is wrong/);
  const byHand = (t: Tensor) => [Array.from(t.data, (v) => 1 - Math.tanh(v) ** 2)];
  expect(() => expect(byHand).toMatchGradientOf((t: Tensor) => sum(wrong(t)), [x])).toThrow(
    /the tape is wrong/,
  );
  expect(() => expect(3).toMatchGradientOf(cube, [x])).toThrow(
    /got number, expected the hand-derived gradient/,
  );
});

test("toPassCheckCell", () => {
  type State = { readonly h: Tensor };
  const cell = {
    name: "leaky",
    params: ({ input }: { input: number }) => ({ w: zeros([input]) }),
    state: ({ input }: { input: number }, batch: number): State => ({ h: zeros([batch, input]) }),
    step({ w }: { w: Tensor }, { h }: State, data: Tensor) {
      const next = tanh(sub(mul(h, w), data));
      return { state: { h: next }, output: next };
    },
  };
  const options = { sizes: { input: 2 }, steps: [2], batches: [2], order: 1, maxEntries: 4 } as const;
  expect(cell).toPassCheckCell(options);
  const broken = { ...cell, step: (p: { w: Tensor }, s: State, t: Tensor) => cell.step(p, s, wrong(t)) };
  expect(() => expect(broken).toPassCheckCell(options)).toThrow(/check of cell leaky failed/);
  type Matcher = Matchers<typeof cell>["toPassCheckCell"];
  expectTypeOf<Parameters<Matcher>[0]["sizes"]>().toEqualTypeOf<{ input: number }>();
});

test("their options have their types", () => {
  type Matcher = Matchers<(p: { w: Tensor }, t: Tensor) => Tensor>["toPassAdjointTest"];
  expectTypeOf<Matcher>().parameter(1).toEqualTypeOf<AdjointOptions | undefined>();
});
