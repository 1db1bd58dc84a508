import {
  compile,
  sameShape,
  treeTensors,
  type Blas,
  type Explanation,
  type Tensor,
  type TypedArray,
} from "@tapeloop/core";
import { runWith } from "../../src/tape/execute.js";

/** A function of tensors. */
export type Run = (...tensors: readonly Tensor[]) => readonly Tensor[];

/** What is compared, and what may differ. */
export interface Parity {
  /** Units in the last place of a result's largest element; 0 asks for the very same numbers, signs of zero too. */
  readonly ulps: number;
  /** Results below this size are compared absolutely: they may be what is left after cancellation. */
  readonly smallest?: number;
  /** Operations that may run as reference kernels. */
  readonly mayBeHosts?: readonly string[];
  /** A library for matrix products. */
  readonly blas?: Blas;
}

/** What is wrong with the compiled function on these tensors, one line each: it must give what the function gives. */
export function disparities(run: Run, inputs: readonly Tensor[], parity: Parity): string[] {
  const expected = runWith(undefined, () => run(...inputs)); // large operations would run as programs themselves
  const program = compile((...tensors: readonly Tensor[]) => [...run(...tensors)], {
    blas: parity.blas,
  });
  const explanation = program.explain(...inputs);
  return [
    ...unwanted(explanation, parity.mayBeHosts ?? []),
    ...different(program(...inputs), expected, parity),
    // The second call finds in memory what the first one left.
    ...different(program(...inputs), expected, parity).map((problem) => `again: ${problem}`),
  ];
}

/** Whether the program is machine code throughout, but for the operations that may be host kernels. */
export function unwanted(
  { executor, reason, kernels }: Explanation,
  mayBeHosts: readonly string[],
): string[] {
  if (executor !== "webassembly") return [`runs on the ${executor} executor: ${reason ?? ""}`];
  const hosts = new Set(kernels.filter(({ kind }) => kind === "host").map(({ what }) => what));
  return [...hosts]
    .filter((what) => !mayBeHosts.includes(what))
    .map((what) => `${what} runs as a host kernel, and is not listed as one`);
}

/** How results differ from what is expected, one line each. */
export function different(found: unknown, expected: readonly Tensor[], parity: Parity): string[] {
  const results = treeTensors(found);
  if (results.length !== expected.length) {
    return [`got ${results.length} results, expected ${expected.length}`];
  }
  return results.flatMap((got, i) => {
    const want = expected[i];
    if (want === undefined) return [];
    if (got.dtype !== want.dtype || !sameShape(got.shape, want.shape)) {
      return [`result ${i} is ${typeOf(got)}, expected ${typeOf(want)}`];
    }
    const at = differsAt(got.data, want.data, bound(want, parity));
    return at < 0
      ? []
      : [`result ${i}, element ${at}: got ${show(got.data[at])}, expected ${show(want.data[at])}`];
  });
}

function differsAt(got: TypedArray, want: TypedArray, tolerance: number): number {
  if (got.length !== want.length) return Math.min(got.length, want.length);
  return want.findIndex((b, k) => {
    const a = got[k] ?? NaN;
    if (Object.is(a, b)) return false;
    return tolerance === 0 || !(Math.abs(a - b) <= tolerance);
  });
}

function bound({ dtype, data }: Tensor, { ulps, smallest = 0 }: Parity): number {
  if (dtype === "int32" || dtype === "bool") return 0;
  const unit = dtype === "float32" ? 2 ** -23 : 2 ** -52;
  let largest = smallest;
  for (const v of data) if (Math.abs(v) < Infinity) largest = Math.max(largest, Math.abs(v));
  return ulps * unit * largest;
}

const typeOf = ({ dtype, shape }: Tensor): string => `${dtype} [${shape.join(", ")}]`;

function show(value: number | undefined): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
