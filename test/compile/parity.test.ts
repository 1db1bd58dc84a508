import {
  cast,
  fromTypedArray,
  isFloat,
  treeTensors,
  vjp,
  withDefaultDtype,
  type Tensor,
} from "@tapeloop/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { math } from "../../packages/core/src/kernels/math/index.js";
import { f64x2 } from "../../packages/core/src/wasm/index.js";
import { disparities, type Run } from "../../packages/core/test/compile/parity.js";
import { operations, type Operation } from "../ops/operations.js";
import type { Sample } from "../ops/sample.js";

/*
 * One contract for both executors: a compiled operation gives what the operation gives, its derivatives too, and runs
 * as machine code.
 */

/** Operations that may run as reference kernels. Whoever adds one without machine code has to say so here. */
const hosts: readonly string[] = [];

/** Operations whose forward results are rounded otherwise than by the reference kernels; all others are exact. */
const rounded: readonly string[] = [
  ...["cos", "elu", "erf", "erfc", "exp", "expm1", "gelu", "leakyRelu", "log", "log1p", "pow", "rsqrt"],
  ...["sigmoid", "sin", "softplus", "softsign", "tanh"],
  ...["affine", "matmul", "mean", "prod", "std", "sum", "variance"],
  ...["logSoftmax", "logSumExp", "softmax"],
];

/** Units in the last place: of the forward result, and of derivatives, which are sums and products of several. */
const FORWARD = 4;
const DERIVATIVE = 16;

const dtypes = ["float64", "float32"] as const;
type Float = (typeof dtypes)[number];

function runOf(operation: Operation, sample: Sample, dtype: Float): Run {
  return (...tensors) => withDefaultDtype(dtype, () => treeTensors(operation.call(sample.args(tensors))));
}

/** The gradients of all float inputs, for cotangents that are not uniform. */
function gradientOf(run: Run): Run {
  return (...tensors) => {
    const [outputs, pullback] = vjp((...inner: readonly Tensor[]) => [...run(...inner)], ...tensors);
    const gradients = pullback(outputs.map((t) => (isFloat(t.dtype) ? weights(t) : t)));
    return treeTensors(gradients).filter((t) => isFloat(t.dtype));
  };
}

function weights({ shape, size, dtype }: Tensor): Tensor {
  const values = Array.from({ length: size }, (_, i) => ((i * 7) % 5) - 1.75);
  return fromTypedArray(dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values), shape);
}

/** What is wrong with an operation, one line each. */
function problemsOf(operation: Operation, dtype: Float): string[] {
  return operation.samples.flatMap((sample) => {
    const inputs = sample.tensors().map((t) => (t.dtype === "float64" ? cast(t, dtype) : t));
    const before = inputs.map((t) => t.toTypedArray());
    const run = runOf(operation, sample, dtype);
    const check = (what: string, f: Run, ulps: number): string[] =>
      disparities(f, inputs, { ulps, smallest: ulps > FORWARD ? 1 : 0, mayBeHosts: hosts }).map(
        (problem) => `${operation.name}(${sample.name}), ${what}: ${problem}`,
      );
    const problems = check("forward", run, rounded.includes(operation.name) ? FORWARD : 0);
    if (operation.differentiable && inputs.some((t) => isFloat(t.dtype))) {
      const gradient = gradientOf(run);
      problems.push(
        ...check("gradient", gradient, DERIVATIVE),
        ...check("second order", gradientOf(gradient), DERIVATIVE),
      );
    }
    const written = inputs.findIndex((t, i) =>
      t.toTypedArray().some((v, k) => !Object.is(v, before[i]?.[k])),
    );
    return written < 0
      ? problems
      : [...problems, `${operation.name}(${sample.name}): input ${written} was written to`];
  });
}

describe.each(dtypes)("compiled operations on %s give what the reference executor gives", (dtype) => {
  test.each(operations())("$name", (operation) => {
    expect(problemsOf(operation, dtype).join("\n")).toBe("");
  });
});

describe("the contract finds", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const named = (name: string): Operation => {
    const found = operations().find((operation) => operation.name === name);
    if (found === undefined) throw new Error(`there is no operation ${name}`);
    return found;
  };

  test("a function that is off by a few units in the last place", () => {
    const { tanh } = math.float64;
    vi.spyOn(math.float64, "tanh").mockImplementation((f, x) =>
      f64x2.mul(tanh(f, x), f64x2.all(1 + 2 ** -48)),
    );
    expect(problemsOf(named("tanh"), "float64").join("\n")).toContain("tanh([]), forward: result 0");
  });

  test("an instruction that is another one, in the derivative only", () => {
    expect(problemsOf(named("sin"), "float64")).toEqual([]);
    vi.spyOn(math.float64, "cos").mockImplementation((f, x) => math.float64.sin(f, x));
    const problems = problemsOf(named("sin"), "float64").join("\n");
    expect(problems).toContain("gradient: result 0");
    expect(problems).not.toContain("forward");
  });

  test("a sign of zero", () => {
    vi.spyOn(f64x2, "neg").mockImplementation((x) => f64x2.sub(f64x2.all(0), x));
    const zero: Sample = {
      name: "0",
      tensors: () => [fromTypedArray(Float64Array.of(0, 1))],
      args: (t) => t,
      float32Tolerance: 0,
    };
    const problems = problemsOf({ ...named("neg"), samples: [zero] }, "float64").join("\n");
    expect(problems).toContain("element 0: got 0, expected -0");
  });
});
