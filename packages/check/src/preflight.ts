import type { Leaf, TypedArray } from "@tapeloop/core";
import { unravel } from "./sampling.js";
import type { Outputs, Subject } from "./subject.js";

/** The outputs at the inputs, and what makes a check pointless. */
export interface Preflight {
  readonly origin: Float64Array;
  readonly problems: readonly string[];
}

/**
 * Runs the function twice: its values must be finite, the same both times, and its inputs left alone. A sweep with a
 * cotangent of zero must give a gradient of zero.
 *
 * @param hasReverse whether the function's reverse sweep is to be used
 */
export function preflight(subject: Subject, hasReverse = true): Preflight {
  const { leaves } = subject;
  const given = subject.variables.map(({ tensor }) => tensor);
  const before = leaves.map(({ tensor }) => tensor.toTypedArray());
  const first = subject.inspect(given);
  const second = subject.inspect(given);
  const sweeps = hasReverse && first.values.length > 0 && given.some(({ size }) => size > 0);
  const found = notFiniteNow(leaves, before, first);
  const gradient =
    sweeps && found.length === 0 ? subject.reverse()(new Float64Array(first.values.length)) : [];
  const changed = leaves.filter(({ tensor }, i) => !sameNumbers(tensor.data, before[i]));
  return {
    origin: first.values,
    problems: [
      ...found,
      ...changed.map(
        ({ path }) => `${path} was written to by the function: tensors are immutable, copy with toTypedArray`,
      ),
      ...(sameNumbers(first.values, second.values) ? [] : [notDeterministic(first, second)]),
      ...notZero(subject.variables, gradient),
    ],
  };
}

function notFiniteNow(leaves: readonly Leaf[], values: readonly TypedArray[], outputs: Outputs): string[] {
  return [...leaves.flatMap((leaf, i) => notFinite(leaf, values[i])), ...resultNotFinite(outputs)];
}

/** The first entry of a gradient for the cotangent zero that is not zero. */
function notZero(variables: readonly Leaf[], gradient: readonly Float64Array[]): string[] {
  for (const [i, part] of gradient.entries()) {
    const at = part.findIndex((v) => v !== 0);
    const leaf = variables[i];
    if (at < 0 || leaf === undefined) continue;
    const index = unravel(at, leaf.tensor.shape).join(", ");
    return [
      `a cotangent of zero gives ${leaf.path} [${index}] the gradient ${part[at] ?? NaN}, expected 0: a rule adds something that does not depend on its cotangent, or multiplies it by an infinity`,
    ];
  }
  return [];
}

function notFinite({ path, tensor }: Leaf, values: TypedArray | undefined): string[] {
  const at = values?.findIndex((v) => !Number.isFinite(v)) ?? -1;
  return at < 0
    ? []
    : [
        `${path} [${unravel(at, tensor.shape).join(", ")}] is ${values?.[at] ?? NaN}, expected a finite number`,
      ];
}

function resultNotFinite(outputs: Outputs): string[] {
  const at = outputs.values.findIndex((v) => !Number.isFinite(v));
  return at < 0 ? [] : [`${partAt(outputs, at)} is ${outputs.values[at] ?? NaN}, expected a finite number`];
}

function notDeterministic(first: Outputs, second: Outputs): string {
  if (first.values.length !== second.values.length)
    return "the function returned results of different sizes for equal inputs";
  const at = first.values.findIndex((v, i) => !Object.is(v, second.values[i]));
  const [a, b] = [first.values[at] ?? NaN, second.values[at] ?? NaN];
  return `the function is not deterministic: ${partAt(first, at)} was ${a}, then ${b}, for equal inputs`;
}

/** `result.loss, element 3`. */
function partAt({ parts }: Outputs, position: number): string {
  let at = position;
  for (const { path, size } of parts) {
    if (at < size) return size === 1 ? path : `${path}, element ${at},`;
    at -= size;
  }
  return "result";
}

function sameNumbers(a: TypedArray, b: TypedArray | undefined): boolean {
  return b?.length === a.length && a.every((v, i) => Object.is(v, b[i]));
}
