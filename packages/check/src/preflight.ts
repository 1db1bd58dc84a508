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
 * cotangent of zero must give a gradient of zero, and one of −1024 times the size −1024 times the gradient.
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
  const pull = sweeps && found.length === 0 ? subject.reverse() : undefined;
  const rules = pull === undefined ? [] : rulesBroken(subject.variables, pull, first.values.length);
  const changed = leaves.filter(({ tensor }, i) => !sameNumbers(tensor.data, before[i]));
  return {
    origin: first.values,
    problems: [
      ...found,
      ...changed.map(
        ({ path }) => `${path} was written to by the function: tensors are immutable, copy with toTypedArray`,
      ),
      ...(sameNumbers(first.values, second.values) ? [] : [notDeterministic(first, second)]),
      ...rules,
    ],
  };
}

function notFiniteNow(leaves: readonly Leaf[], values: readonly TypedArray[], outputs: Outputs): string[] {
  return [...leaves.flatMap((leaf, i) => notFinite(leaf, values[i])), ...resultNotFinite(outputs)];
}

/** A power of two, which no rounding depends on, large enough for a rule that clips. */
const FACTOR = -1024;
/** Rules may round a constant of theirs in other places. */
const LINEAR = 1e-9;

type Pull = (cotangent: Float64Array) => Float64Array[];

/** What every reverse sweep must do, whatever the function: give zero for zero, and grow with its cotangent. */
function rulesBroken(variables: readonly Leaf[], pull: Pull, size: number): string[] {
  const one = Float64Array.from({ length: size }, (_, i) => 1 + (i % 7) / 8);
  const plain = pull(one);
  const [none, large] = [pull(new Float64Array(size)), pull(one.map((v) => FACTOR * v))];
  for (const [i, part] of plain.entries()) {
    const leaf = variables[i];
    if (leaf === undefined) continue;
    const entry = (k: number): string => `${leaf.path} [${unravel(k, leaf.tensor.shape).join(", ")}]`;
    // A gradient that is not finite in any case is for the comparisons to find.
    const notZero = part.findIndex((v, k) => Number.isFinite(v) && none[i]?.[k] !== 0);
    if (notZero >= 0) {
      return [
        `a cotangent of zero gives ${entry(notZero)} the gradient ${none[i]?.[notZero] ?? NaN}, expected 0: a rule adds something that does not depend on its cotangent, or multiplies it by an infinity`,
      ];
    }
    const scale = part.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    const notLinear = part.findIndex(
      (v, k) => Math.abs((large[i]?.[k] ?? NaN) / FACTOR - v) > LINEAR * scale,
    );
    if (notLinear >= 0) {
      const factor = (large[i]?.[notLinear] ?? NaN) / (part[notLinear] ?? NaN);
      return [
        `the gradient of ${entry(notLinear)} is not linear in the cotangent: ${FACTOR} times the cotangent gives ` +
          `${factor.toPrecision(4)} times the gradient; does a rule clip or square it?`,
      ];
    }
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
