import * as t from "@tapeloop/core";
import type { Tape, Tensor } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { optimize } from "../../../src/compile/passes/index.js";
import { difference, inputsFor, nodesOf, ops } from "./programs.js";

const types = [[5, 2, 3], [5, 4], [4]].map((shape) => ({ shape, dtype: "float64" as const }));

/** The tape of a function of xs [5, 2, 3], w [5, 4] and b [4], and its optimised form, which computes the same. */
function optimized(fn: (xs: Tensor, w: Tensor, b: Tensor) => readonly Tensor[]): Tape {
  const tape = t.trace(([xs, w, b]) => (xs && w && b ? fn(xs, w, b) : []), types);
  const result = optimize(tape);
  expect(difference(tape, result, inputsFor(tape))).toBeLessThan(1e-12);
  return result;
}

/** The operations in the body of the tape's i-th scan. */
function body(tape: Tape, i = 0): string[] {
  const scan = tape.nodes.filter((node) => node.op.name === "scan")[i];
  const inner = Object.values(scan?.attrs ?? {}).find(t.isTape);
  return inner === undefined ? [] : ops(inner);
}

const start = (shape: readonly number[]): Tensor => t.zeros(shape, { dtype: "float64" });

describe("hoist", () => {
  /** A loop that carries k along without changing it. */
  const withConstant = (b: Tensor, length: number): Tensor => {
    const step = ({ s, k }: { s: Tensor; k: Tensor }) => [{ s: t.tanh(t.add(s, t.exp(k))), k }, {}] as const;
    return t.scan(step, { s: b, k: b }, {}, { length })[0].s;
  };

  it("computes once what no step changes", () => {
    const tape = optimized((_xs, _w, b) => [withConstant(b, 3)]);
    expect(body(tape)).toEqual(["add", "tanh"]);
    expect(ops(tape)).toEqual(["exp", "scan"]);
  });

  it("splits [h; x]·w and computes x·w + b of all steps in one product", () => {
    const tape = optimized((xs, w, b) => {
      const w2 = t.slice(w, [null, [0, 2]]);
      const step = (h: Tensor, x: Tensor) => {
        const next = t.tanh(t.affine(t.concat([h, x]), w2, t.slice(b, [[0, 2]])));
        return [next, next] as const;
      };
      return [t.scan(step, start([2, 2]), xs)[1]];
    });
    expect(body(tape)).toEqual(["matmul", "add", "tanh"]);
    const product = tape.nodes.find((node) => node.op.name === "matmul");
    expect(product?.outputs[0]?.shape).toEqual([10, 2]);
  });

  it("does so with columns too: w·[h; x]", () => {
    const tape = optimized((xs, w) => {
      const columns = t.permute(xs, [0, 2, 1]);
      const wt = t.slice(t.transpose(w), [[0, 2]]);
      const step = (h: Tensor, x: Tensor) => {
        const next = t.tanh(t.matmul(wt, t.concat([h, x], 0)));
        return [next, next] as const;
      };
      return [t.scan(step, start([2, 2]), columns)[1]];
    });
    expect(body(tape)).toEqual(["matmul", "add", "tanh"]);
    const product = tape.nodes.find((node) => node.op.name === "matmul");
    expect(product?.outputs[0]?.shape).toEqual([2, 10]);
  });

  it("looks up the words of all steps before the loop when a product needs them", () => {
    const tape = t.trace(
      ([ids, table, w]) => {
        if (!ids || !table || !w) return [];
        return [
          t.scan(
            (h: Tensor, i: Tensor) => [t.tanh(t.add(h, t.matmul(t.take(table, i), w))), h],
            start([2, 4]),
            ids,
          )[0],
        ];
      },
      [
        { shape: [6, 2], dtype: "int32" },
        { shape: [7, 3], dtype: "float64" },
        { shape: [3, 4], dtype: "float64" },
      ],
    );
    const result = optimize(tape);
    expect(body(result)).toEqual(["add", "tanh"]);
    expect(difference(tape, result)).toBeLessThan(1e-12);
  });

  it("returns what is not carried without the loop, and joins outside", () => {
    const tape = optimized((xs) => {
      const [, ys] = t.scan(
        (h: Tensor, x: Tensor) => [t.tanh(t.add(h, x)), { data: t.mul(x, 2), joint: t.concat([h, x]) }],
        start([2, 3]),
        xs,
      );
      return [ys.data, ys.joint];
    });
    expect(body(tape)).toEqual(["add", "tanh"]);
    expect(ops(tape).at(-1)).toBe("concat");
  });

  it("leaves a loop of no steps alone: it must not start to compute", () => {
    const tape = optimized((_xs, _w, b) => [withConstant(b, 0)]);
    expect(body(tape)).toEqual(["exp", "add", "tanh"]);
  });

  it("leaves in the loop what has as many axes as there may be", () => {
    const tape = t.trace(
      ([xs, w]) => {
        if (!xs || !w) return [];
        const step = (sum: Tensor, x: Tensor) => {
          const deep = t.reshape(x, [1, ...x.shape]);
          const y = t.matmul(deep, w);
          return [t.add(sum, t.matmul(t.transpose(y), deep)), t.reshape(t.sin(y), [4])] as const;
        };
        return t.scan(step, start([1, 1, 1, 1, 1, 1, 2, 3]), xs).flat();
      },
      [
        { shape: [5, 1, 1, 1, 1, 1, 2, 3], dtype: "float64" },
        { shape: [3, 2], dtype: "float64" },
      ],
    );
    const result = optimize(tape);
    expect(difference(tape, result)).toBeLessThan(1e-12);
    const ranks = nodesOf(result).flatMap((node) => node.outputs.map((x) => x.rank));
    expect(Math.max(...ranks)).toBe(8);
  });

  it("lets work leave nested loops step by step", () => {
    const tape = optimized((xs, w) => {
      const w3 = t.slice(w, [
        [0, 3],
        [0, 3],
      ]);
      const inner = (h: Tensor, x: Tensor) => {
        const next = t.tanh(t.add(t.matmul(h, t.exp(w3)), t.matmul(x, w3)));
        return [next, next] as const;
      };
      const outer = (h: Tensor) => {
        const [last, ys] = t.scan(inner, h, xs);
        return [last, ys] as const;
      };
      return [t.scan(outer, start([2, 3]), {}, { length: 2 })[1]];
    });
    const inside = nodesOf(tape).filter((node) => ["exp", "matmul"].includes(node.op.name));
    expect(ops(tape).filter((name) => name === "exp" || name === "matmul")).toEqual(["exp", "matmul"]);
    expect(inside.length).toBe(3);
  });
});

describe("stack", () => {
  const weights = (fn: (p: { w: Tensor; b: Tensor }, xs: Tensor) => Tensor) =>
    optimized((xs, w, b) => {
      const p = { w: t.slice(w, [null, [0, 2]]), b: t.slice(b, [[0, 2]]) };
      const g = t.grad(fn)(p, xs);
      return [g.w, g.b];
    });

  it("sums the gradients of weight and bias over all steps after the loop", () => {
    const tape = weights(({ w, b }, xs) => {
      const step = (h: Tensor, x: Tensor) => {
        const next = t.tanh(t.affine(t.concat([h, x]), w, b));
        return [next, next] as const;
      };
      return t.sum(t.scan(step, start([2, 2]), xs)[1]);
    });
    expect(body(tape, 0).filter((name) => name === "matmul").length).toBe(1);
    expect(body(tape, 1).filter((name) => name === "matmul").length).toBe(1);
    expect(body(tape, 1)).not.toContain("sum");
    const products = tape.nodes
      .filter((node) => node.op.name === "matmul")
      .map((node) => node.outputs[0]?.shape);
    expect(products).toEqual([
      [10, 2],
      [2, 2],
      [3, 2],
    ]);
  });

  it("stacks products with leading axes, and scaled ones", () => {
    const tape = optimized((xs) => {
      const step = (sum: Tensor, x: Tensor) => {
        const y = t.tanh(t.reshape(x, [1, 2, 3]));
        return [t.add(sum, t.mul(t.matmul(t.transpose(y), t.sin(y)), 2)), {}] as const;
      };
      return [t.scan(step, start([1, 3, 3]), xs)[0]];
    });
    expect(nodesOf(tape).filter((node) => node.op.name === "matmul").length).toBe(1);
    expect(ops(tape)).toContain("matmul");
  });

  it("adds up the gradient of an embedding after the loop", () => {
    const tape = t.trace(
      ([ids, table]) => {
        if (!ids || !table) return [];
        const loss = (words: Tensor): Tensor =>
          t.sum(
            t.scan(
              (h: Tensor, i: Tensor) => [t.tanh(t.mul(t.add(h, t.take(words, i)), t.add(h, 1))), h],
              start([2, 3]),
              ids,
            )[0],
          );
        return [t.grad(loss)(table)];
      },
      [
        { shape: [6, 2], dtype: "int32" },
        { shape: [7, 3], dtype: "float64" },
      ],
    );
    const result = optimize(tape);
    expect(difference(tape, result)).toBeLessThan(1e-12);
    expect(ops(result)).toContain("takeGrad");
  });

  it("leaves running sums that are read in the loop, or would have to be stored to be summed", () => {
    const tape = optimized((xs) => {
      const read = t.scan(
        (s: Tensor, x: Tensor) => [t.add(s, t.matmul(t.transpose(x), x)), t.sum(s)],
        start([3, 3]),
        xs,
      );
      const plain = t.scan((s: Tensor, x: Tensor) => [t.add(s, t.tanh(t.add(s, x))), {}], start([2, 3]), xs);
      const total = t.scan(
        ({ s, h }: { s: Tensor; h: Tensor }, x: Tensor) => [
          { h: t.tanh(t.add(h, x)), s: t.add(s, t.sum(t.tanh(h))) },
          {},
        ],
        { s: start([]), h: start([2, 3]) },
        xs,
      );
      return [read[0], read[1], plain[0], total[0].s];
    });
    expect(body(tape, 0)).toContain("matmul");
    expect(body(tape, 1)).toEqual(["add", "tanh", "add"]);
    expect(body(tape, 2)).toContain("sum");
  });
});
