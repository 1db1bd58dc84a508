import "@tapeloop/check/vitest";
import {
  adjointTest,
  assertDetects,
  batchIndependence,
  checkCell,
  compareGradients,
  gradcheck,
  gradgradcheck,
  mutants,
  taylorTest,
} from "@tapeloop/check";
import { add, affine, concat, mul, square, sum, tanh, tensor, zeros, type Tensor } from "@tapeloop/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { InputsFor } from "../src/inputs.js";
import type { TreeOf } from "../src/trees.js";

const x = tensor([0.5, -1.5, 2], { dtype: "float64" });
const one = (t: Tensor): Tensor => sum(mul(t, square(t)));
const two = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
const nested = ({ w }: { readonly w: readonly [Tensor, Tensor] }, t: Tensor): Tensor =>
  sum(add(mul(w[0], w[1]), t));

describe("inputs", () => {
  test("may be an array whose length is not in its type", () => {
    const inputs = [x];
    expect(gradcheck(one, inputs).pass).toBe(true);
    expect(gradgradcheck(one, inputs, { maxEntries: 2 }).pass).toBe(true);
    expect(taylorTest(one, inputs).pass).toBe(true);
    expect(adjointTest(one, inputs).pass).toBe(true);
    expect(compareGradients((t: Tensor) => [mul(3, square(t))], one, inputs).pass).toBe(true);
    expect(batchIndependence((t: Tensor) => tanh(t), inputs, { axis: 0 }).pass).toBe(true);
    expect(one).toPassGradcheck(inputs);
    const pair: readonly Tensor[] = [x, x];
    expect(gradcheck(two, pair).pass).toBe(true);
  });

  test("may be a tuple, const or not, whose elements have types of their own", () => {
    const fixed = [{ w: [x, x] }, x] as const;
    expect(gradcheck(nested, fixed).pass).toBe(true);
    expect(gradcheck(nested, [{ w: [x, x] }, x]).pass).toBe(true);
    expect(gradcheck((...ts: readonly Tensor[]) => ts.reduce(two), [x, x]).pass).toBe(true);
  });

  test("that are too few, or of other types, are refused by the compiler", () => {
    type Accepts<Args extends readonly unknown[], Given extends readonly unknown[]> =
      Given extends InputsFor<Args, Given> ? true : false;
    type Pair = [Tensor, { readonly w: Tensor }];
    expectTypeOf<Accepts<[Tensor], Tensor[]>>().toEqualTypeOf<true>();
    expectTypeOf<Accepts<Pair, readonly [Tensor, { readonly w: Tensor }]>>().toEqualTypeOf<true>();
    expectTypeOf<Accepts<[Tensor, Tensor], [Tensor]>>().toEqualTypeOf<false>();
    expectTypeOf<Accepts<Pair, [{ readonly w: Tensor }, Tensor]>>().toEqualTypeOf<false>();
    expectTypeOf<Accepts<[Tensor], number[]>>().toEqualTypeOf<false>();
  });
});

interface Gate {
  readonly w: Tensor;
  readonly b: Tensor;
}
interface Params {
  readonly gate: Gate;
  readonly layers: readonly Gate[];
}
interface State {
  readonly h: Tensor;
}
interface Sizes {
  readonly input: number;
  readonly hidden: number;
}

const sizes: Sizes = { input: 1, hidden: 2 };
const gate = ({ input, hidden }: Sizes): Gate => ({ w: zeros([input + hidden, hidden]), b: zeros([hidden]) });
const cell = {
  name: "interfaces",
  params: (s: Sizes): Params => ({ gate: gate(s), layers: [gate(s)] }),
  state: ({ hidden }: Sizes, batch: number): State => ({ h: zeros([batch, hidden]) }),
  step({ gate: g, layers }: Params, { h }: State, data: Tensor) {
    const next = [g, ...layers].reduce((s, { w, b }) => tanh(affine(concat([s, data]), w, b)), h);
    return { state: { h: next }, output: next };
  },
};

describe("a cell", () => {
  test("may have parameters and a state whose types are interfaces", () => {
    const quick = { sizes, steps: [2], batches: [2], order: 1, maxEntries: 2 } as const;
    expect(checkCell(cell, quick).pass).toBe(true);
    expect(cell).toPassCheckCell(quick);
    const { mutants: made } = mutants(cell, { sizes, steps: 1, kinds: ["sign"] });
    expect(made).toHaveLength(1);
    expect(() => assertDetects(() => true, cell, { sizes, steps: 1, kinds: ["sign"] })).toThrow(/caught/);
  });

  test("may not have numbers or functions among them, at any depth", () => {
    interface Rate {
      readonly gate: { readonly w: Tensor; readonly rate: number };
    }
    interface Act {
      readonly act: (t: Tensor) => Tensor;
    }
    expectTypeOf<Params>().toExtend<TreeOf<Params>>();
    expectTypeOf<Rate>().not.toExtend<TreeOf<Rate>>();
    expectTypeOf<Act>().not.toExtend<TreeOf<Act>>();
  });
});
