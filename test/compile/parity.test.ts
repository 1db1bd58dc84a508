import { cast, isFloat, treeTensors, vjp, withDefaultDtype, type Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { operations, type Operation } from "../ops/operations.js";
import type { Sample } from "../ops/sample.js";
import { disparities, type Run } from "../../packages/core/test/compile/parity.js";

/** Operations that may run as reference kernels: whoever adds one without machine code has to say so here. */
const hosts: readonly string[] = [];

const rounded: readonly string[] = [];

function runOf(operation: Operation, sample: Sample, dtype: "float32" | "float64"): Run {
  return (...tensors) => withDefaultDtype(dtype, () => treeTensors(operation.call(sample.args(tensors))));
}

/** The gradient of all inputs, for cotangents that are no ones. */
function gradientOf(run: Run): Run {
  return (...tensors) => {
    const [outputs, pullback] = vjp((...inner: readonly Tensor[]) => [...run(...inner)], ...tensors);
    return treeTensors(pullback(outputs.map((t) => (isFloat(t.dtype) ? weights(t) : t)))).filter((t) =>
      isFloat(t.dtype),
    );
  };
}
import { fromTypedArray } from "@tapeloop/core";
function weights({ shape, size, dtype }: Tensor): Tensor {
  const values = Array.from({ length: size }, (_, i) => ((i * 7) % 5) - 1.75);
  return fromTypedArray(dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values), shape);
}

describe.each(["float64", "float32"] as const)("compiled operations on %s", (dtype) => {
  test.each(operations())("$name", (operation) => {
    const problems = operation.samples.flatMap((sample) => {
      const inputs = sample.tensors().map((t) => (t.dtype === "float64" ? cast(t, dtype) : t));
      const run = runOf(operation, sample, dtype);
      const told = (what: string, f: () => string[]): string[] => {
        try {
          return f().map((problem) => `${operation.name}(${sample.name}) ${what}: ${problem}`);
        } catch (e) {
          return [
            `${operation.name}(${sample.name}) ${what}: THROWS ${(e as Error).stack?.split("\n").slice(0, 5).join("|")}`,
          ];
        }
      };
      const forward = told("forward", () =>
        disparities(run, inputs, { ulps: rounded.includes(operation.name) ? 0 : 4, mayBeHosts: hosts }),
      );
      if (!operation.differentiable || !inputs.some((t) => isFloat(t.dtype))) return forward;
      const gradient = gradientOf(run);
      return [
        ...forward,
        ...told("gradient", () => disparities(gradient, inputs, { ulps: 16, mayBeHosts: hosts })),
        ...told("second", () => disparities(gradientOf(gradient), inputs, { ulps: 16, mayBeHosts: hosts })),
      ];
    });
    expect(problems.join("\n")).toBe("");
  });
});
