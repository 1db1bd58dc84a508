import * as t from "@tapeloop/core";
import type { Tape, Tensor } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { cse } from "../../../src/compile/passes/cse.js";
import { dce } from "../../../src/compile/passes/dce.js";
import { decompose } from "../../../src/compile/passes/decompose.js";
import { inline } from "../../../src/compile/passes/inline.js";
import { optimize, type Pass } from "../../../src/compile/passes/index.js";
import { simplify } from "../../../src/compile/passes/simplify.js";
import { difference, inputsFor, nodesOf, ops, sameBits } from "./programs.js";

type Fn = (...x: [Tensor, Tensor, Tensor]) => Tensor | readonly Tensor[];

/** The tape of a function of x [4, 3], w [3, 2] and c []. */
function tapeOf(fn: Fn, dtype: t.Dtype = "float64"): Tape {
  const types = [[4, 3], [3, 2], []].map((shape) => ({ shape, dtype }));
  return t.trace(([x, w, c]) => {
    if (x === undefined || w === undefined || c === undefined) throw new Error("three inputs");
    const result = fn(x, w, c);
    return t.isTensor(result) ? [result] : result;
  }, types);
}

/** Runs passes, checks that the numbers stay, and returns the operations that are left once dead ones are gone. */
function after(fn: Fn, ...passes: readonly Pass[]): string[] {
  const tape = tapeOf(fn);
  const result = [...passes, dce].reduce((at, pass) => pass.run(at), tape);
  expect(difference(tape, result)).toBeLessThan(1e-14);
  expect(result.inputs.slice(0, 3)).toEqual(tape.inputs.slice(0, 3));
  return ops(result);
}

describe("simplify", () => {
  const rows: readonly (readonly [string, Fn, readonly string[]])[] = [
    ["x − 0", (x) => t.sub(x, 0), []],
    ["x · 1", (x) => t.mul(1, x), []],
    ["x / 1", (x) => t.div(x, 1), []],
    ["x + (−0)", (x) => t.add(x, -0), []],
    ["x² + 0", (x) => t.add(t.square(x), 0), ["square"]],
    ["x · 0 stays: x may be infinite", (x) => t.mul(x, 0), ["mul"]],
    ["x + 0 stays: x may be −0", (x) => t.add(x, 0), ["add"]],
    ["x − (−0) stays: x may be −0", (x) => t.sub(x, -0), ["sub"]],
    [
      "c · ones stays: it stretches",
      (_x, _w, c) => t.mul(c, t.ones([2], { dtype: "float64" })),
      ["broadcastTo", "mul"],
    ],
    ["−(−x)", (x) => t.neg(t.neg(x)), []],
    ["a cast there and back", (x) => t.cast(t.cast(t.cast(x, "float32"), "float64"), "float32"), ["cast"]],
    ["two permutes", (x) => t.transpose(t.transpose(x)), []],
    ["two reshapes", (x) => t.reshape(t.reshape(x, [12]), [3, 4]), ["reshape"]],
    ["a reshape and back", (x) => t.reshape(t.reshape(x, [12]), [4, 3]), []],
    ["a slice of all", (x) => t.slice(x, [[0, 4], null]), []],
    ["a slice of a slice", (x) => t.slice(t.slice(x, [[1, 4]]), [[null, null, -1]]), ["slice"]],
    [
      "a slice of one part of a concat",
      (x) => t.slice(t.concat([t.sin(x), t.cos(x)]), [null, [3, 6]]),
      ["cos"],
    ],
    [
      "a slice of what was padded",
      (x) =>
        t.slice(
          t.pad(x, [
            [1, 1],
            [2, 0],
          ]),
          [
            [1, 5],
            [2, 5],
          ],
        ),
      [],
    ],
    [
      "a slice of the padding",
      (x) =>
        t.slice(
          t.pad(x, [
            [1, 1],
            [2, 0],
          ]),
          [null, [0, 1]],
        ),
      ["broadcastTo"],
    ],
    [
      "two pads",
      (x) =>
        t.pad(
          t.pad(x, [
            [1, 0],
            [0, 0],
          ]),
          [
            [0, 1],
            [0, 0],
          ],
        ),
      ["pad"],
    ],
    ["flipped twice", (x) => t.flip(t.flip(x, 1), 1), []],
    ["split and joined", (x) => t.concat(t.split(x, [1, 2])), []],
    ["the sum of a stretched tensor", (_x, _w, c) => t.sum(t.broadcastTo(c, [5, 2])), ["mul", "add"]],
    ["the sum of ones", () => t.sum(t.ones([5, 2], { dtype: "float64" })), []],
    ["zeros that a sweep made", (x) => t.add(t.square(x), t.zeros([4, 3], { dtype: "float64" })), ["square"]],
    ["constants", (x) => t.add(x, t.mul(t.exp(t.add(t.zeros([3], { dtype: "float64" }), 1)), 2)), ["add"]],
    ["where, either way", (x) => t.where(t.greater(x, 0), x, x), []],
    ["a stretched operand", (x, _w, c) => t.mul(x, t.broadcastTo(c, [4, 3])), ["mul"]],
  ];

  it.each(rows)("%s", (_, fn, expected) => {
    expect(after(fn, decompose, simplify)).toEqual(expected);
  });

  it("multiplies only the columns that are read", () => {
    const tape = simplify.run(tapeOf((x, w) => t.slice(t.tanh(t.add(t.matmul(x, w), 1)), [null, [1, 2]])));
    expect(ops(tape)).toEqual(["slice", "matmul", "add", "tanh"]);
    expect(tape.nodes[1]?.outputs[0]?.shape).toEqual([4, 1]);
  });

  it("computes at once what is read in slices that are all of it", () => {
    expect(after((x, w) => t.split(t.tanh(t.matmul(x, w)), 2), decompose, simplify)).toEqual([
      "matmul",
      "tanh",
      "slice",
      "slice",
    ]);
  });

  it("keeps the sign of zero, infinities and NaN", () => {
    const special = t.tensor([-0, 0, Infinity, -Infinity, NaN, 1], { dtype: "float64" });
    const tape = t.trace(
      ([x]) =>
        x === undefined
          ? []
          : [
              t.add(x, 0),
              t.add(x, -0),
              t.sub(x, 0),
              t.sub(x, -0),
              t.mul(x, 0),
              t.mul(x, 1),
              t.div(x, 1),
              t.sub(0, x),
            ],
      [special],
    );
    expect(sameBits(tape, simplify.run(tape), [special])).toBe(true);
  });
});

describe("decompose", () => {
  const primitives: readonly (readonly [string, Fn])[] = [
    ["softmax", (x) => t.softmax(x, 0)],
    ["logSoftmax", (x) => t.logSoftmax(x)],
    ["logSumExp", (x) => t.logSumExp(x, { axes: 1, keepDims: true })],
    ["mean", (x) => t.mean(x, 0)],
    ["variance", (x) => t.variance(x, { axes: 1, correction: 1 })],
    ["std", (x) => t.std(x)],
    ["stack", (x) => t.stack([x, x], 1)],
    ["unstack", (x) => t.unstack(x, 1)],
    ["split", (x) => t.split(x, [1, 2])],
    ["index", (x) => t.index(x, -1, 1)],
    ["stopGradient", (x) => t.stopGradient(x)],
    [
      "uniform",
      (x) => t.uniform(t.cast(t.index(t.slice(x, [null, [0, 2]]), 0), "int32"), [4], { dtype: "float64" }),
    ],
  ];

  it.each(primitives)("%s is written in other operations", (name, fn) => {
    expect(ops(tapeOf(fn))).toContain(name);
    expect(after(fn, decompose)).not.toContain(name);
  });

  it("scatters slices with steps, backwards too, exactly", () => {
    const ranges = [
      [[0, 4, 2]],
      [[null, null, -1]],
      [
        [3, null, -2],
        [0, 3, 2],
      ],
      [[1, 3]],
      [[2, 2]],
    ] as const;
    for (const range of ranges) {
      const tape = tapeOf((x) => t.grad((y: Tensor) => t.sum(t.square(t.slice(y, [...range]))))(x));
      const result = decompose.run(tape);
      expect(ops(result)).not.toContain("sliceGrad");
      expect(sameBits(tape, result)).toBe(true);
    }
  });

  it("draws the same uniform numbers, to the last bit", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const tape = t.trace(
        ([key]) => (key ? [t.uniform(key, [50], { dtype })] : []),
        [{ shape: [2], dtype: "int32" }],
      );
      expect(sameBits(tape, decompose.run(tape), [t.randomKey(42)])).toBe(true);
    }
  });

  it("keeps infinities and masked positions", () => {
    const rows = t.tensor(
      [
        [-Infinity, 0, 1000],
        [-Infinity, -Infinity, -Infinity],
        [Infinity, 1, 2],
        [NaN, 1, 2],
      ],
      { dtype: "float64" },
    );
    const tape = t.trace(
      ([x]) => (x ? [t.softmax(x), t.logSoftmax(x), t.logSumExp(x, 1), t.logSumExp(x)] : []),
      [rows],
    );
    expect(difference(tape, decompose.run(tape), [rows])).toBeLessThan(1e-14);
  });

  it("does not fail on empty axes", () => {
    const empty = t.zeros([2, 0], { dtype: "float64" });
    const tape = t.trace(
      ([x]) => (x ? [t.softmax(x), t.logSoftmax(x), t.logSumExp(x, 1), t.mean(x, 1), t.variance(x, 1)] : []),
      [empty],
    );
    expect(sameBits(tape, decompose.run(tape), [empty])).toBe(true);
  });
});

describe("cse", () => {
  it("computes equal expressions once, by value of their settings", () => {
    expect(after((x) => t.mul(t.sum(t.sin(x), 0), t.sum(t.sin(x), [0])), cse)).toEqual(["sin", "sum", "mul"]);
    expect(after((x) => t.mul(t.sum(x, 0), t.sum(x, { axes: 0, keepDims: true })), cse)).toEqual([
      "sum",
      "sum",
      "mul",
    ]);
  });

  it("tells 0 from −0", () => {
    expect(after((x) => t.concat([t.add(x, 0), t.add(x, -0)]), cse)).toEqual(["add", "add", "concat"]);
  });

  it("gives a loop its data and captures once", () => {
    const tape = cse.run(
      tapeOf((x, _w, c) => {
        const xs = { a: x, b: x };
        return t.scan(
          (s: Tensor, { a, b }: typeof xs) => [t.add(s, t.mul(a, c)), t.mul(b, c)],
          t.zeros([3], { dtype: "float64" }),
          xs,
        )[1];
      }),
    );
    const [scan] = nodesOf(dce.run(tape)).filter((node) => node.op.name === "scan");
    expect(scan?.inputs.length).toBe(2);
  });
});

describe("dce", () => {
  it("removes what a loop computes for nobody: outputs, carries, data and captures", () => {
    const tape = tapeOf((x, w, c) => {
      const init = { used: t.zeros([3], { dtype: "float64" }), unused: t.zeros([2], { dtype: "float64" }) };
      const [last] = t.scan(
        ({ used, unused }: typeof init, row: Tensor) => {
          const grown = t.add(unused, t.sum(w, 0));
          return [{ used: t.add(used, row), unused: grown }, t.mul(grown, c)];
        },
        init,
        x,
      );
      return last.used;
    });
    const result = dce.run(tape);
    const [scan] = result.nodes;
    expect(ops(result)).toEqual(["scan"]);
    expect(scan?.attrs).toMatchObject({ carry: 1, xs: 1, names: ["used"] });
    expect(scan?.inputs.length).toBe(2);
    expect(difference(tape, result)).toBe(0);
    expect(dce.run(result)).toBe(result);
  });

  it("keeps a carry that another one needs later", () => {
    const tape = tapeOf((x) => {
      const init = { a: t.zeros([3], { dtype: "float64" }), b: t.zeros([3], { dtype: "float64" }) };
      return t.scan(
        ({ a, b }: typeof init, row: Tensor) => [{ a: t.add(a, b), b: t.mul(row, 2) }, row],
        init,
        x,
      )[0].a;
    });
    expect(dce.run(tape).nodes.at(-1)?.attrs).toMatchObject({ carry: 2 });
  });
});

describe("inline", () => {
  it("puts bodies in place, at any depth", () => {
    const twice = t.customGradient((y: Tensor) => t.mul(y, 2), { vjp: (dy) => [dy] });
    const block = t.checkpoint((y: Tensor) => t.tanh(twice(y)));
    expect(after((x) => block(block(x)), inline)).toEqual([
      "barrier",
      "mul",
      "tanh",
      "barrier",
      "mul",
      "tanh",
    ]);
  });

  it("keeps the recomputation of a checkpoint, so that few values live at a time", () => {
    const block = (y: Tensor): Tensor => {
      let h = y;
      for (let i = 0; i < 6; i++) h = t.sin(t.tanh(h));
      return h;
    };
    const loss = (wrap: (f: typeof block) => typeof block) =>
      tapeOf((x) =>
        t.grad((y: Tensor) => {
          let h = y;
          for (let i = 0; i < 6; i++) h = wrap(block)(h);
          return t.sum(h);
        })(x),
      );
    const all = optimize(loss((f) => f));
    const few = optimize(loss((f) => t.checkpoint(f)));
    expect(difference(all, few)).toBeLessThan(1e-14);
    expect(peak(all)).toBeGreaterThan(35);
    expect(peak(few)).toBeLessThan(18);
    expect(peak(optimize(few))).toBeLessThan(18);
  });
});

/** The most values that are alive at a time when the nodes run in order. */
function peak(tape: Tape): number {
  const lastUse = new Map<Tensor, number>();
  tape.nodes.forEach((node, i) => node.inputs.forEach((x) => lastUse.set(x, i)));
  let [alive, most] = [0, 0];
  tape.nodes.forEach((node, i) => {
    alive += node.outputs.length;
    most = Math.max(most, alive);
    alive -=
      new Set(node.inputs).size === 0
        ? 0
        : [...new Set(node.inputs)].filter((x) => lastUse.get(x) === i && !tape.inputs.includes(x)).length;
  });
  return most;
}

describe("optimize", () => {
  it("keeps the inputs, used or not, with their labels and captures", () => {
    const tape = tapeOf((x) => t.add(t.mul(x, 1), t.tensor([1, 2, 3], { dtype: "float64" })));
    const result = optimize(tape);
    expect(result.inputs).toEqual(tape.inputs);
    expect([...result.captures]).toEqual([...tape.captures]);
    expect(result.outputs.map((y) => y.shape)).toEqual([[4, 3]]);
    expect(difference(tape, result, inputsFor(tape))).toBe(0);
  });
});
