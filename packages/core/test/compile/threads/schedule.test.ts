import {
  compile,
  matmul,
  normal,
  randomKey,
  replay,
  transpose,
  treeTensors,
  add,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { build } from "../../../src/compile/build.js";
import type { Item } from "../../../src/compile/emit/schedule.js";
import { runGuarded } from "../memory.js";
import { different } from "../parity.js";
import { inputsFor, randomTape } from "../passes/programs.js";
import { charLstm, mgu, rnn, type Model } from "./models.js";
import { lastFirst, runInOrder, tapeOf, withoutBarriers } from "./order.js";
import { races } from "./race.js";

const bits = { ulps: 0 };
const models = [rnn(33, 3, 18), charLstm(16, 3, 5, 8), mgu(17, 3, 5, 16)];
const inputsOf = ({ params, batch }: Model): Tensor[] => treeTensors([params, ...batch]);

/** What the workers of a model's program do. */
function itemsOf(model: Model, threads: number): readonly Item[] {
  let seen: readonly Item[] = [];
  runInOrder(tapeOf(model), inputsOf(model), threads, (items) => (seen = items));
  return seen;
}

/** All items with one part's results moved by an element. */
function shifted(items: readonly Item[]): Item[] {
  let isDone = false;
  const shift = (item: Item): Item => {
    if (isDone || item.kind === "barrier" || item.kind === "alone") return item;
    if (item.kind === "repeat") return { ...item, items: item.items.map(shift) };
    const [first, ...others] = item.parts;
    if (first?.kind !== "product") return item;
    isDone = true;
    return {
      ...item,
      parts: [{ ...first, c: { ...first.c, offset: first.c.offset + first.c.shape.at(-1)! } }, ...others],
    };
  };
  return items.map(shift);
}

describe("the parts of a program", () => {
  it.each(models)("of $name touch nothing that another worker writes meanwhile", (model) => {
    for (const threads of [2, 3]) expect(races(itemsOf(model, threads))).toEqual([]);
  });

  it.each(models)("of $name may come in the least likely order", (model) => {
    const expected = treeTensors(compile(model.step)(model.params, ...model.batch));
    for (const threads of [2, 3, 4]) {
      const results = runInOrder(tapeOf(model), inputsOf(model), threads, lastFirst);
      expect(different(results, expected, bits)).toEqual([]);
    }
  });

  it("of random programs touch nothing that another worker writes meanwhile, and may come in any order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), fc.integer({ min: 2, max: 4 }), (seed, threads) => {
        const tape = randomTape(seed, { grads: 1, size: 8, depth: 2, dtype: "float32" });
        const inputs = inputsFor(tape);
        const given = inputs.filter((_, i) => ![...tape.captures.values()].includes(tape.inputs[i]!));
        let seen: readonly Item[] = [];
        const results = runInOrder(tape, given, threads, (items) => lastFirst((seen = items)));
        expect(races(seen)).toEqual([]);
        const expected = compile((...xs: readonly Tensor[]) =>
          replay(tape, [...xs, ...inputs.slice(given.length)]),
        )(...given);
        expect(different(results, [...expected], bits)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

it("the parts of random programs write nowhere but into their buffers", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 30 }), fc.integer({ min: 2, max: 4 }), (seed, threads) => {
      const tape = randomTape(seed, { grads: 1, size: 8, depth: 2 });
      expect(runGuarded(tape, inputsFor(tape), { sharing: { threads, grain: 1 } }).written).toEqual([]);
    }),
    { numRuns: 15 },
  );
});

describe("the checks above find", () => {
  const [model = rnn(33, 3, 18)] = models;

  it("barriers that are missing", () => {
    const items = withoutBarriers(itemsOf(model, 2));
    expect(races(items)).not.toEqual([]);
    const results = runInOrder(tapeOf(model), inputsOf(model), 2, (all) => lastFirst(withoutBarriers(all)));
    const expected = treeTensors(compile(model.step)(model.params, ...model.batch));
    expect(different(results, expected, bits)).not.toEqual([]);
  });

  it("any one barrier that is missing between two steps of a loop", () => {
    const loops = itemsOf(model, 2).filter((item) => item.kind === "repeat");
    expect(loops.length).toBeGreaterThan(1);
    for (const { loop, items } of loops) {
      items.forEach((item, i) => {
        if (item.kind !== "barrier") return;
        expect(races([{ kind: "repeat", loop, items: items.toSpliced(i, 1) }])).not.toEqual([]);
      });
    }
  });

  it("a part that writes into its neighbour's", () => {
    expect(races(shifted(itemsOf(model, 2)))).not.toEqual([]);
  });
});

describe("products that are cut", () => {
  const size = fc.integer({ min: 1, max: 70 });

  it("have the bits of whole ones, whatever their sizes", () => {
    fc.assert(
      fc.property(
        fc.record({ m: size, k: fc.oneof(size, fc.integer({ min: 90, max: 700 })), n: size }),
        fc.constantFrom("float32", "float64"),
        fc.record({
          a: fc.boolean(),
          b: fc.boolean(),
          bias: fc.boolean(),
          threads: fc.integer({ min: 2, max: 5 }),
        }),
        ({ m, k, n }, dtype, { a, b, bias, threads }) => {
          const draw = (seed: number, shape: number[]): Tensor => normal(randomKey(seed), shape, { dtype });
          const inputs: [Tensor, Tensor, Tensor] = [
            draw(1, a ? [k, m] : [m, k]),
            draw(2, b ? [n, k] : [k, n]),
            draw(3, [n]),
          ];
          const run = (x: Tensor, w: Tensor, y: Tensor): Tensor => {
            const product = matmul(a ? transpose(x) : x, b ? transpose(w) : w);
            return bias ? add(product, y) : product;
          };
          const expected = compile(run)(...inputs);
          const built = build(run, inputs, { threads, grain: 1 });
          expect(different(built.run(inputs), [expected], bits)).toEqual([]);
          built.crew?.release();
        },
      ),
      {
        numRuns: 150,
        examples: [
          // Of another size, this would go through k in other blocks.
          [{ m: 280, k: 130, n: 260 }, "float32", { a: true, b: false, bias: true, threads: 4 }],
          // The last tile of a row is so narrow that it is summed in several parts.
          [{ m: 5, k: 90, n: 57 }, "float32", { a: false, b: false, bias: false, threads: 2 }],
        ],
      },
    );
  });

  it("are cut at all when they are large enough", () => {
    const [x, w] = [normal(randomKey(1), [64, 64]), normal(randomKey(2), [64, 64])];
    expect(build(matmul, [x, w], { threads: 4, grain: 1 }).explain().threads).toMatchObject({
      count: 4,
      split: 1,
      reason: undefined,
    });
  });
});
