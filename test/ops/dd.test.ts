import {
  fromTypedArray,
  isFloat,
  jvp,
  record,
  treeTensors,
  vjp,
  withDefaultDtype,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { ddProgram, toDD, type DDValue } from "../../packages/check/src/dd/index.js";
import { operations, type Operation } from "./operations.js";
import type { Sample } from "./sample.js";
import { generator } from "./values.js";

/*
 * Every operation has a kernel in double-double, which agrees with the reference kernel to the rounding of float64,
 * and which carries the lower halves of its operands through.
 */

/** The sums of the reference kernels, and the error function, are a few roundings off. */
const ROUNDING = 4e-15;

type Run = (...tensors: readonly Tensor[]) => readonly Tensor[];

function runOf(operation: Operation, sample: Sample): Run {
  return (...tensors) => withDefaultDtype("float64", () => treeTensors(operation.call(sample.args(tensors))));
}

/** The reverse sweep of an operation, whose rules use operations that are not exported. */
function reverseOf(run: Run): Run {
  return (...tensors) => {
    const [outputs, pullback] = vjp(run, ...tensors);
    return [...pullback(outputs.map((t) => (isFloat(t.dtype) ? weights(t) : t)))].filter((t) =>
      isFloat(t.dtype),
    );
  };
}

function weights({ shape, size }: Tensor): Tensor {
  return fromTypedArray(
    Float64Array.from({ length: size }, (_, i) => ((i * 7) % 5) - 1.75),
    shape,
  );
}

function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}

/** What differs between the tape's own outputs and those in double-double. */
function compared(tape: Tape, inputs: readonly Tensor[]): string[] {
  // A difference of equal numbers is what their rounding leaves.
  const cancelled =
    Number.EPSILON * Math.max(0, ...tape.nodes.map(({ outputs: [t] }) => largestOf(t?.data ?? [])));
  return ddProgram(tape)
    .run(inputs.map(toDD))
    .flatMap((value, k) => {
      const expected = tape.outputs[k]!;
      if (value.shape.join() !== expected.shape.join()) {
        return [`output ${k} is [${value.shape.join(", ")}], expected [${expected.shape.join(", ")}]`];
      }
      const found = "hi" in value ? value.hi : value.data;
      const largest = largestOf(expected.data);
      const wrong = expected.data.findIndex((v, i) => {
        // The halves do not overlap: their sum rounds to the upper one.
        if ("hi" in value && Number.isFinite(v) && value.hi[i]! + value.lo[i]! !== value.hi[i]) return true;
        if (Object.is(v, found[i]) || v === found[i]) return false;
        return !("hi" in value && Math.abs(v - found[i]!) <= ROUNDING * largest + cancelled);
      });
      return wrong < 0
        ? []
        : [`output ${k}, element ${wrong}: ${found[wrong]}, expected ${expected.data[wrong]}`];
    });
}

/** Shifts far below the last bit of float64. */
const SHIFT = 2 ** -66;

/** f(x + δ) − f(x) in double-double against the forward derivative along δ, for a δ that float64 cannot see. */
function comparedShift(run: Run, inputs: readonly Tensor[]): string[] {
  const random = generator(11);
  const shifts = inputs.map((t) =>
    isFloat(t.dtype)
      ? fromTypedArray(
          Float64Array.from(t.data, () => SHIFT * (random() - 0.5)),
          t.shape,
        )
      : t,
  );
  const program = ddProgram(record(run, ...inputs).tape);
  const before = program.run(inputs.map(toDD));
  const after = program.run(
    inputs.map((t, i): DDValue => {
      const [value, shift] = [toDD(t), shifts[i]!.data];
      return "hi" in value && shift instanceof Float64Array ? { ...value, lo: shift } : value;
    }),
  );
  const tangents = jvp(run, [...inputs], [...shifts])[1];
  return before.flatMap((a, k) => {
    const [b, tangent] = [after[k]!, tangents[k]!.data];
    if (!("hi" in a) || !("hi" in b)) return [];
    const largest = largestOf(tangent);
    const moved = a.hi.map((h, i) => b.hi[i]! - h + (b.lo[i]! - a.lo[i]!));
    // What is near 1 has its last bit at 1e-32.
    const floor = 1e-30 * largestOf(a.hi);
    const wrong = moved.findIndex((v, i) => !(Math.abs(v - tangent[i]!) <= 1e-9 * largest + floor));
    return wrong < 0
      ? []
      : [`output ${k}, element ${wrong} moved by ${moved[wrong]}, expected ${tangent[wrong]}`];
  });
}

describe("every operation agrees with its kernel in double-double", () => {
  test.each(operations())("$name", (operation) => {
    const problems = operation.samples.flatMap((sample) => {
      const inputs = sample.tensors();
      const run = runOf(operation, sample);
      const told = (problem: string): string => `${operation.name}(${sample.name}): ${problem}`;
      const forward = compared(record(run, ...inputs).tape, inputs);
      if (!operation.differentiable || !inputs.some((t) => t.dtype === "float64")) return forward.map(told);
      const reverse = compared(record(reverseOf(run), ...inputs).tape, inputs).map((p) => `reverse: ${p}`);
      return [...forward, ...reverse, ...comparedShift(run, inputs)].map(told);
    });
    expect(problems.slice(0, 10).join("\n")).toBe("");
  });
});
