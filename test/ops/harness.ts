import {
  cast,
  isFloat,
  isTensor,
  replay,
  sameShape,
  Tensor,
  trace,
  treeTensors,
  vjp,
  type TypedArray,
} from "@tapeloop/core";
import { adjointTest, gradcheck, type AdjointReport, type GradcheckReport } from "@tapeloop/check";
import type { Sample } from "./sample.js";

/** An operation as the harness calls it: by the arguments that a sample makes. */
export type Call = (args: readonly unknown[]) => unknown;

/** What is checked of one operation. */
export interface Subject {
  readonly name: string;
  readonly call: Call;
  readonly differentiable: boolean;
}

/**
 * The contract that every operation keeps, on one sample. Returns what is broken, one line each:
 * right derivatives of first and second order in both modes, forward and reverse rules that agree, the same result
 * and type when traced and replayed, float32 near float64, inputs left alone, the method equal to the function.
 */
export function checkSample(subject: Subject, sample: Sample): string[] {
  const run = (...tensors: readonly Tensor[]): Tensor[] => treeTensors(subject.call(sample.args(tensors)));
  const inputs = sample.tensors();
  const before = inputs.map((t) => t.toTypedArray());
  const problems: string[] = [];
  const check = (what: string, test: () => string): void => {
    const problem = attempt(test);
    if (problem !== "") problems.push(`${subject.name}(${sample.name}): ${what}: ${problem}`);
  };

  check("abstract", () => comparedWithReplay(run, inputs));
  check("method", () => comparedWithMethod(subject, sample.args(inputs)));
  if (subject.differentiable && inputs.some((t) => t.dtype === "float64")) {
    const pull = (...tensors: readonly Tensor[]): Tensor[] => gradients(run, tensors);
    if (isEmpty(run(...inputs)) || isEmpty(inputs.filter((t) => isFloat(t.dtype)))) {
      check("empty", () => emptyGradients(pull(...inputs), inputs));
    } else {
      check("derivatives", () => firstLines(gradcheck(run, inputs, { order: 2, maxEntries: 16 })));
      check("modes", () => firstLines(adjointTest(run, inputs)));
    }
    check("abstract gradient", () => comparedWithReplay(pull, inputs));
    check("float32", () => comparedWithFloat32(run, inputs, sample.float32Tolerance));
    check("float32 gradient", () => comparedWithFloat32(pull, inputs, 10 * sample.float32Tolerance));
  }
  const written = inputs.findIndex((t, i) => !equalNumbers(t.data, before[i]));
  if (written >= 0)
    problems.push(`${subject.name}(${sample.name}): unchanged: input ${written} was written to`);
  return problems;
}

type Run = (...tensors: readonly Tensor[]) => Tensor[];

/** Gradients of all inputs (zeros for int32 and bool) for a cotangent that is not uniform. */
function gradients(run: Run, tensors: readonly Tensor[]): Tensor[] {
  const [outputs, pullback] = vjp(run, ...tensors);
  return [...pullback(outputs.map((t) => (isFloat(t.dtype) ? weights(t) : t)))];
}

/** Cotangents that only depend on the shape, so that they are the same for abstract tensors and for every dtype. */
function weights({ shape, size, dtype }: Tensor): Tensor {
  const values = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + (i % 5) / 4));
  const buffer = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
  return new Tensor({ shape, dtype }, { storage: { buffer, strides: rowMajor(shape), offset: 0 } });
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
}

/** Traced on types alone, then replayed on the values: the same types as were inferred, and the very same numbers. */
function comparedWithReplay(run: Run, inputs: readonly Tensor[]): string {
  const eager = run(...inputs);
  const tape = trace((abstract) => run(...abstract), inputs);
  const outer = new Map([...tape.captures].map(([captured, inner]) => [inner, captured] as const));
  const values = tape.inputs.map((t, i) => outer.get(t) ?? inputs[i]).filter(isTensor);
  const replayed = replay(tape, values);
  if (tape.outputs.length !== eager.length)
    return `traced ${tape.outputs.length} results, eager ${eager.length}`;
  for (const [i, result] of eager.entries()) {
    const [inferred, again] = [tape.outputs[i], replayed[i]];
    if (inferred === undefined || again === undefined) return `result ${i} is missing`;
    for (const [how, t] of [
      ["inferred", inferred],
      ["replayed", again],
    ] as const) {
      if (t.dtype !== result.dtype || !sameShape(t.shape, result.shape)) {
        return `${how} ${t.dtype} [${t.shape.join(", ")}], eager ${result.dtype} [${result.shape.join(", ")}]`;
      }
    }
    if (result.data.length !== result.size)
      return `${result.size} elements by its shape, ${result.data.length} in fact`;
    if (!equalNumbers(result.data, again.data)) return `replayed ${String(again)}, eager ${String(result)}`;
  }
  return "";
}

/** `add(a, b)` against `a.add(b)`, where there is such a method. */
function comparedWithMethod({ name, call }: Subject, args: readonly unknown[]): string {
  const [first, ...rest] = args;
  if (!isTensor(first)) return "";
  const method: unknown = Reflect.get(first, name);
  if (typeof method !== "function") return "";
  const results = treeTensors(Reflect.apply(method, first, rest));
  const expected = treeTensors(call(args));
  const same =
    results.length === expected.length &&
    results.every((t, i) => t.dtype === expected[i]?.dtype && equalNumbers(t.data, expected[i].data));
  return same
    ? ""
    : `got ${results.map(String).join(", ")}, the function gives ${expected.map(String).join(", ")}`;
}

/** Results below this size are compared absolutely: they may be what is left after cancellation. */
const SMALLEST = 0.05;

/** On the float32 values of the inputs, float32 arithmetic against float64 arithmetic. */
function comparedWithFloat32(run: Run, inputs: readonly Tensor[], tolerance: number): string {
  const single = inputs.map((t) => (t.dtype === "float64" ? cast(t, "float32") : t));
  const double = single.map((t) => (t.dtype === "float32" ? cast(t, "float64") : t));
  const expected = run(...double);
  for (const [i, t] of run(...single).entries()) {
    const wanted = expected[i];
    if (wanted === undefined) return `result ${i} is missing`;
    const dtype = wanted.dtype === "float64" ? "float32" : wanted.dtype;
    if (t.dtype !== dtype) return `result ${i} is ${t.dtype}, expected ${dtype}`;
    const bound = tolerance * Math.max(SMALLEST, ...wanted.data.map(Math.abs));
    const at = wanted.data.findIndex((v, k) => !(Math.abs(v - (t.data[k] ?? NaN)) <= bound));
    if (at >= 0) return `element ${at} is ${t.data[at] ?? NaN}, in float64 ${wanted.data[at] ?? NaN}`;
  }
  return "";
}

function emptyGradients(found: readonly Tensor[], inputs: readonly Tensor[]): string {
  const wrong = inputs.findIndex((t, i) => !sameShape(t.shape, found[i]?.shape ?? [-1]));
  if (wrong >= 0) return `the gradient of input ${wrong} has shape [${found[wrong]?.shape.join(", ") ?? ""}]`;
  return found.every((t) => t.data.every((v) => v === 0)) ? "" : "a gradient of nothing is not zero";
}

function isEmpty(tensors: readonly Tensor[]): boolean {
  return tensors.every((t) => t.size === 0);
}

function firstLines(report: GradcheckReport | AdjointReport): string {
  return report.pass ? "" : report.toString().split("\n").slice(0, 6).join("\n    ");
}

function attempt(test: () => string): string {
  try {
    return test();
  } catch (error) {
    return String(error);
  }
}

function equalNumbers(a: TypedArray, b: TypedArray | undefined): boolean {
  return a.length === b?.length && a.every((v, i) => Object.is(v, b[i]));
}
