import {
  apply,
  broadcastShapes,
  defineOp,
  exp,
  fromTypedArray,
  isTensor,
  matmul,
  mul,
  neg,
  sin,
  cos,
  sizeOf,
  stopGradient,
  sub,
  sum,
  square,
  transpose,
  type OpDefinition,
  type Tensor,
  type TensorType,
  type TypedArray,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { checkSample } from "./harness.js";
import { sample, type Sample } from "./sample.js";
import { real, spec } from "./values.js";

/*
 * A test of the harness: operations with one planted mistake each must be caught by the part of the contract that is
 * there for it, and the same operations without the mistake must pass.
 */

type One = readonly [Tensor];
type Two = readonly [Tensor, Tensor];
type Unary = OpDefinition<One, object>;
type Binary = OpDefinition<Two, object>;

const sine: Unary = {
  name: "sine",
  shape: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x], _attrs, type) => mapped(x, type, Math.sin),
  vjp: (dy, [x]) => [() => mul(dy, cos(x))],
  jvp: ([dx], [x]) => [() => mul(cos(x), dx)],
};

const exponential: Unary = {
  ...sine,
  name: "exponential",
  forward: ([x], _attrs, type) => mapped(x, type, Math.exp),
  vjp: (dy, _x, y) => [() => mul(dy, y)],
  jvp: ([dx], _x, y) => [() => mul(y, dx)],
};

const product: Binary = {
  name: "product",
  shape: ([x, w]) => ({ shape: [x.shape[0] ?? 0, w.shape[1] ?? 0], dtype: x.dtype }),
  forward: ([x, w]) => matmul(x, w),
  vjp: (dy, [x, w]) => [() => matmul(dy, transpose(w)), () => matmul(transpose(x), dy)],
  jvp: ([dx, dw], [x, w]) => [() => matmul(dx, w), () => matmul(x, dw)],
};

const difference: Binary = {
  name: "difference",
  shape: ([a, b]) => ({ shape: broadcastShapes("difference", a.shape, b.shape), dtype: a.dtype }),
  forward: ([a, b]) => sub(a, b),
  vjp: (dy) => [() => dy, () => neg(dy)],
  jvp: ([da, db]) => [() => da, () => neg(db)],
};

/** Elements of a contiguous tensor, one by one. */
function mapped(x: Tensor, { dtype }: TensorType, f: (v: number) => number): TypedArray {
  const values = Array.from(x.data, f);
  return dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
}

function constant(t: Tensor, value: number): Tensor {
  return fromTypedArray(new Float64Array(t.size).fill(value), t.shape);
}

const ofVector = [sample([spec([2, 3], real)])];
const ofSquares = [sample([spec([3, 3], real), spec([3, 3], real)])];
/** Square, so that a sum over the wrong axis has the right shape. */
const ofRow = [sample([spec([3, 3], real), spec([3], real)])];

function problemsOf1(
  definition: Unary,
  samples: readonly Sample[] = ofVector,
  name = definition.name,
): string {
  const op = defineOp<One>(definition);
  return problems(name, samples, ([x]) => apply(op, [tensorOf(x)], {}));
}

function problemsOf2(definition: Binary, samples: readonly Sample[]): string {
  const op = defineOp<Two>(definition);
  return problems(definition.name, samples, ([a, b]) => apply(op, [tensorOf(a), tensorOf(b)], {}));
}

function problems(
  name: string,
  samples: readonly Sample[],
  call: (args: readonly unknown[]) => unknown,
): string {
  return samples.flatMap((s) => checkSample({ name, call, differentiable: true }, s)).join("\n");
}

function tensorOf(value: unknown): Tensor {
  if (!isTensor(value)) throw new Error(`got ${typeof value}, expected a tensor`);
  return value;
}

describe("operations without a mistake pass", () => {
  test("of one tensor", () => {
    expect(problemsOf1(sine)).toBe("");
    expect(problemsOf1(exponential)).toBe("");
  });
  test("of two tensors", () => {
    expect(problemsOf2(product, ofSquares)).toBe("");
    expect(problemsOf2(difference, ofRow)).toBe("");
  });
});

describe("a planted mistake is caught", () => {
  test("a wrong sign in the reverse rule", () => {
    const found = problemsOf1({ ...sine, vjp: (dy, [x]) => [() => neg(mul(dy, cos(x)))] });
    expect(found).toMatch(/derivatives: gradcheck failed/);
    expect(found).toMatch(/modes: adjoint test failed/);
  });

  test("a wrong sign in the forward rule", () => {
    const found = problemsOf1({ ...sine, jvp: ([dx], [x]) => [() => neg(mul(cos(x), dx))] });
    expect(found).toMatch(/derivatives: gradcheck failed[^]*\(forward\)/);
    expect(found).toMatch(/modes: adjoint test failed/);
  });

  test("a factor of 2 in both rules, on which they agree", () => {
    const found = problemsOf1({
      ...sine,
      vjp: (dy, [x]) => [() => mul(dy, mul(2, cos(x)))],
      jvp: ([dx], [x]) => [() => mul(mul(2, cos(x)), dx)],
    });
    expect(found).toMatch(/derivatives: gradcheck failed/);
    expect(found).not.toMatch(/modes/);
  });

  test("a relative error of one in a million", () => {
    const found = problemsOf1({ ...sine, vjp: (dy, [x]) => [() => mul(dy, mul(1 + 1e-6, cos(x)))] });
    expect(found).toMatch(/derivatives: gradcheck failed/);
  });

  test("a missing transpose, where the matrices are square", () => {
    const found = problemsOf2(
      { ...product, vjp: (dy, [x, w]) => [() => matmul(dy, w), () => matmul(transpose(x), dy)] },
      ofSquares,
    );
    expect(found).toMatch(/derivatives: gradcheck failed at inputs\[0\]/);
    expect(found).toMatch(/modes: adjoint test failed/);
  });

  test("a broadcast axis that is summed wrongly, where the sizes fit by chance", () => {
    const found = problemsOf2({ ...difference, vjp: (dy) => [() => dy, () => neg(sum(dy, 1))] }, ofRow);
    expect(found).toMatch(/derivatives: gradcheck failed at inputs\[1\]/);
  });

  test("a gradient left without one of its terms", () => {
    const found = problemsOf2({ ...difference, vjp: (dy) => [() => dy, null] }, ofRow);
    expect(found).toMatch(/derivatives: gradcheck failed at inputs\[1\]/);
  });

  test("a saved output that is detached: only the second derivative is wrong", () => {
    const found = problemsOf1({ ...exponential, vjp: (dy, _x, y) => [() => mul(dy, stopGradient(y))] });
    expect(found).toMatch(/derivatives: gradcheck failed[^]*over reverse/);
    expect(found).not.toMatch(/\((reverse|forward)\)/);
    expect(found).not.toMatch(/modes/);
  });

  test("a NaN in the reverse rule", () => {
    const found = problemsOf1({ ...sine, vjp: (dy) => [() => mul(dy, NaN)] });
    expect(found).toMatch(/derivatives: gradcheck failed[^]*analytic derivative is NaN/);
  });

  test("a rule that looks at values, which an abstract tensor has not", () => {
    const found = problemsOf1({
      ...exponential,
      vjp: (dy, [x]) => [() => mul(dy, exp(x.data[0] === 0 ? neg(x) : x))],
    });
    expect(found).toMatch(/abstract gradient: TraceError/);
    expect(found).not.toMatch(/derivatives/);
  });

  test("a shape rule that does not tell the truth", () => {
    const lying: Unary = { ...sine, shape: ([x]) => ({ shape: [sizeOf(x.shape) + 1], dtype: x.dtype }) };
    // No harness is needed for this one: applying the operation is an error.
    expect(() => problemsOf1(lying)).toThrow(
      "its kernel returned 6 elements of float64, expected float64 [7]",
    );
  });

  test("a rule with a float64 constant beside float32 values", () => {
    const found = problemsOf1({ ...sine, vjp: (dy, [x]) => [() => mul(mul(dy, constant(x, 1)), cos(x))] });
    expect(found).toMatch(/float32 gradient: DtypeError/);
    expect(found).not.toMatch(/derivatives/);
  });

  test("a kernel that rounds to less than float32", () => {
    const coarse: Unary = {
      ...sine,
      forward: ([x], _attrs, type) =>
        mapped(x, type, (v) =>
          type.dtype === "float32" ? Math.round(Math.sin(v) * 1e4) / 1e4 : Math.sin(v),
        ),
    };
    expect(problemsOf1(coarse)).toMatch(/float32: element/);
  });

  test("a kernel that writes to its input", () => {
    const op = defineOp<One>({
      ...sine,
      forward([x], _attrs, type) {
        x.data.fill(0.5);
        return mapped(x, type, Math.sin);
      },
    });
    const found = problems("sine", ofVector, ([x]) => apply(op, [tensorOf(x)], {}));
    expect(found).toMatch(/unchanged: input 0 was written to/);
  });

  test("a method that is not the function", () => {
    expect(problemsOf1(sine, ofVector, "square")).toMatch(/method: got/);
    expect(problems("square", ofVector, ([x]) => square(tensorOf(x)))).toBe("");
    expect(problems("sin", ofVector, ([x]) => sin(tensorOf(x)))).toBe("");
  });
});
