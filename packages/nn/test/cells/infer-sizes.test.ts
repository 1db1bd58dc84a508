import { describe, expect, test } from "vitest";
import { fc, test as propertyTest } from "@fast-check/vitest";
import {
  add,
  concat,
  expandDims,
  matmul,
  mul,
  normal,
  ones,
  record,
  split,
  tanh,
  zeros,
  type Tree,
} from "@tapeloop/core";
import { defineCell, gru, lstm, rnn, sizesOf, stacked, unroll, type Cell } from "@tapeloop/nn";
import { values } from "./support.js";

/** Gates side by side in one weight: hidden is no axis of any parameter but h's. */
const packed = defineCell("packed", {
  params: ({ input, hidden }, rng) => ({
    w: normal(rng.key(), [hidden + input, 4 * hidden]),
    b: zeros([4 * hidden]),
  }),
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
  step({ w, b }, { h }, x) {
    const [z] = split(add(matmul(concat([h, x]), w), b), 4);
    return { state: { h: tanh(z ?? x) }, output: x };
  },
});

const cells: readonly Cell[] = [rnn, lstm, gru, packed, stacked([lstm, gru])];

describe("sizesOf", () => {
  const anySizes = { input: fc.integer({ min: 1, max: 9 }), hidden: fc.integer({ min: 1, max: 9 }) };

  propertyTest.prop(anySizes)("finds the sizes that any cell's parameters were made with", (sizes) => {
    for (const cell of cells)
      expect(sizesOf(cell, cell.init(sizes, 0), sizes.input), cell.name).toEqual(sizes);
  });

  propertyTest.prop({ ...anySizes, other: fc.integer({ min: 1, max: 9 }) })(
    "refuses data of another width, naming the right one",
    ({ input, hidden, other }) => {
      fc.pre(other !== input);
      for (const cell of [rnn, lstm, gru]) {
        expect(() => sizesOf<Tree>(cell, cell.init({ input, hidden }, 0), other), cell.name).toThrow(
          `${cell.name}: got data with ${other} features per time step, expected ${input}`,
        );
      }
    },
  );

  test("does not guess when the parameters say nothing of the hidden size", () => {
    const leaky = defineCell("leaky", {
      params: ({ input }) => ({ w: ones([input]) }),
      state: (_sizes, batch) => ({ h: zeros([batch, 1]) }),
      step({ w }, { h }, x) {
        const next = add(mul(h, 0.9), expandDims(mul(x, w).sum(-1), 1));
        return { state: { h: next }, output: next };
      },
    });
    const params = leaky.init({ input: 3, hidden: 5 }, 0);
    expect(() => sizesOf(leaky, params, 3)).toThrow("from which its hidden size does not follow");
    const xs = values([4, 2, 3], 1).cast("float32");
    expect(() => unroll(leaky, params, xs)).toThrow("pass the option sizes, or state");
    const { outputs } = unroll(leaky, params, xs, { sizes: { input: 3, hidden: 1 } });
    expect(outputs.shape).toEqual([4, 2, 1]);
    const carried = unroll(leaky, params, xs, { state: { h: zeros([2, 1]) } });
    expect(carried.outputs.toArray()).toEqual(outputs.toArray());
  });

  test("does not guess for a cell with further sizes, or one whose initialiser looks at values", () => {
    const mixing = defineCell("mixing", {
      params: ({ hidden, heads }: { input: number; hidden: number; heads: number }, rng) => ({
        w: normal(rng.key(), [heads, hidden]),
      }),
      state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
      step: ({ w }, { h }) => ({ state: { h }, output: add(h, w.sum(0)) }),
    });
    const sizes = { input: 3, hidden: 4, heads: 2 };
    const xs = values([4, 2, 3], 1).cast("float32");
    expect(() => unroll(mixing, mixing.init(sizes, 0), xs)).toThrow("pass the option sizes, or state");
    expect(unroll(mixing, mixing.init(sizes, 0), xs, { sizes }).outputs.shape).toEqual([4, 2, 4]);

    const looking: typeof rnn = {
      ...rnn,
      init(all, seed) {
        const made = rnn.init(all, seed);
        return { ...made, b: made.b.add(made.wh.data[0] ?? 0) };
      },
    };
    expect(() => unroll(looking, looking.init(sizes, 0), xs)).toThrow("pass the option sizes, or state");
    expect(unroll(looking, looking.init(sizes, 0), xs, { sizes }).outputs.shape).toEqual([4, 2, 4]);
  });

  test("leaves no trace on a tape that records", () => {
    const params = lstm.init({ input: 3, hidden: 4 }, 0);
    const xs = values([2, 2, 3], 1).cast("float32");
    const { tape } = record((p: typeof params) => unroll({ ...lstm }, p, xs).outputs, params);
    expect(tape.nodes.map(({ op }) => op.name)).toEqual(["scan"]);
  });
});
