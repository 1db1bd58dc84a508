import {
  ArgumentError,
  checkTensor,
  concat,
  defineOp,
  grad,
  kindOf,
  label,
  ShapeError,
  sum,
  tensor,
  zeros,
  type TapeloopError,
} from "@tapeloop/core";
import { expect, test } from "vitest";

/** A call that no compiler looks at. */
function untyped(fn: unknown, ...args: readonly unknown[]): () => unknown {
  return (): unknown => (typeof fn === "function" ? Reflect.apply(fn, undefined, args) : fn);
}

type Kind = new (message: string) => TapeloopError;

test.each<readonly [call: () => unknown, kind: Kind, says: string]>([
  [untyped(sum), ArgumentError, "sum: got undefined as operand 0, expected a tensor or a number"],
  [untyped(sum, tensor([1]), "0"), ArgumentError, 'sum: got "0" as the options, expected an object'],
  [untyped(sum, tensor([1]), [Symbol("a")]), ShapeError, "sum: got axis symbol, expected −1 … 0"],
  [untyped(concat, [undefined]), ArgumentError, "concat: got undefined as operand 0, expected a tensor"],
  [untyped(zeros, 3), ShapeError, "zeros: got 3 as shape, expected an array of sizes, such as [2, 3]"],
  [untyped(zeros, [3], "float64"), ArgumentError, 'zeros: got "float64" as the options, expected an object'],
  [untyped(grad, tensor(1)), ArgumentError, "grad: got a tensor, expected a function"],
  [untyped(label, "x", "name"), ArgumentError, "label: got string, expected a tensor"],
  [untyped(defineOp, { name: "mine" }), ArgumentError, "defineOp: got shape undefined, expected a function"],
])("what is no tensor, list or function is named: %#", (call, kind, says) => {
  expect(call).toThrow(kind);
  expect(call).toThrow(says);
});

test("a number is an operand of every operation that looks at the shape first", () => {
  expect(untyped(sum, 1.5)()).toEqual(tensor(1.5));
});

test("a tensor of another copy of the library is called one", () => {
  const stranger = { shape: [2], dtype: "float32", rank: 1 };
  expect(kindOf(stranger)).toBe("a tensor");
  expect(() => checkTensor("mine", stranger)).toThrow(
    "mine: got a tensor of another copy of the library, expected a tensor",
  );
});

test.each([
  [null, "null"],
  [undefined, "undefined"],
  [Symbol("a"), "symbol"],
  [tensor(1), "a tensor"],
  [[1, 2], "an array of 2"],
  [Promise.resolve(), "a promise"],
  [{ state: 1, x: 2 }, "{ state, x }"],
  [{}, "{}"],
  [new Map(), "a Map"],
  [Object.create(Object.create(null) as object), "an object"],
])("kindOf %#", (value, kind) => {
  expect(kindOf(value)).toBe(kind);
});
