import * as t from "@tapeloop/core";
import { tensor, type Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { runWith, type Executor } from "../../src/tape/execute.js";

const x = tensor([1, -2, 3]);

/** What an executor was asked for while `fn` ran; it declines everything, unless it is given another one. */
function asked(fn: () => unknown, answer: Executor = () => undefined): string[] {
  const names: string[] = [];
  runWith((op, inputs, attrs, types) => {
    names.push(op.name);
    return answer(op, inputs, attrs, types);
  }, fn);
  return names;
}

const hundreds: Executor = (_op, _inputs, _attrs, types) => types.map(({ shape }) => t.full(shape, 100));

describe("an executor", () => {
  test("is asked before a kernel runs, and may decline", () => {
    const results: Tensor[] = [];
    expect(asked(() => results.push(t.sum(t.mul(x, 2))))).toEqual(["mul", "sum"]);
    expect(results[0]?.item()).toBe(4);
  });

  test("may answer, also for a tape that records", () => {
    const results: unknown[] = [];
    asked(
      () => {
        results.push(
          t.mul(x, 2).toArray(),
          t
            .grad((v) => t.sum(t.square(v)))(x)
            .toArray(),
        );
      },
      (op, inputs, attrs, types) => (op.name === "mul" ? hundreds(op, inputs, attrs, types) : undefined),
    );
    expect(results).toEqual([
      [100, 100, 100],
      [100, 100, 100],
    ]);
  });

  test("is asked for a loop, and when it declines for each step's operations", () => {
    const loop = (): unknown => t.scan((h: Tensor, v: Tensor) => [t.tanh(t.add(h, v)), null], tensor(0), x);
    expect(asked(loop)).toEqual(["scan", "add", "tanh", "add", "tanh", "add", "tanh"]);
    expect(asked(loop, (_op, inputs) => inputs.slice(0, 1))).toEqual(["scan"]);
  });

  test("is asked for what a checkpoint computes, but not for shapes alone", () => {
    expect(asked(() => t.checkpoint(t.tanh)(x))).toEqual(["checkpoint", "tanh"]);
    expect(asked(() => t.trace(([v = x]) => [t.tanh(v)], [x]))).toEqual([]);
  });

  test("gives outputs that tapes can tell from inputs, though it returns what it was given", () => {
    asked(
      () => {
        const y = t.neg(x);
        expect(y).not.toBe(x);
        expect(y.data).toBe(x.data);
      },
      (_op, inputs) => inputs,
    );
  });

  test("is not asked while kernels are observed", () => {
    const seen: string[] = [];
    const loop = (): unknown => t.scan((h: Tensor, v: Tensor) => [t.add(h, v), null], tensor(0), x);
    expect(asked(() => t.observe(({ op }) => seen.push(op.name), loop), hundreds)).toEqual([]);
    expect(seen).toEqual(["add", "add", "add", "scan"]);
  });

  test("is gone when its function has ended, in an error too", () => {
    const names: string[] = [];
    const note: Executor = ({ name }) => void names.push(name);
    expect(() =>
      runWith(note, () => {
        t.neg(x);
        throw new RangeError("stop");
      }),
    ).toThrow("stop");
    t.neg(x);
    expect(names).toEqual(["neg"]);
  });
});
