import { fromTypedArray, type Tensor } from "@tapeloop/core";
import type { Line, LinePoint } from "../numeric/line.js";
import { unravel, type Entry } from "../sampling.js";
import type { Subject } from "../subject.js";
import { inward, type Range } from "./domain.js";

/** A derivative to check: along one entry, or along a direction through many. */
export interface Target {
  readonly path: string;
  readonly index: readonly number[];
  readonly isDirection: boolean;
  /** The direction, as a vector for each variable. */
  readonly tangents: () => Float64Array[];
  /** The gradient's component along it. */
  readonly component: (gradient: readonly Float64Array[]) => number;
  /** Root of the sum of squares of that component's terms: it does not cancel. */
  readonly spread: (gradient: readonly Float64Array[]) => number;
  readonly line: Line;
}

/** The function with other values of its variables, and the branch that it took. */
export type Sampler = (values: readonly Tensor[]) => Omit<LinePoint, "at">;

/** The first step of finite differences, relative to the size of what moves, or to 1 if that is smaller. */
const FIRST_STEP = 0.05;

/** What targets are made of. */
export interface Ground {
  readonly subject: Subject;
  readonly sample: Sampler;
  /** Per variable, the domain within which it may be moved. */
  readonly ranges: readonly Range[];
}

/** The derivative by one entry. Its steps are exact: what counts is how far the rounded entry really moved. */
export function entryTarget({ subject, sample, ranges }: Ground, { variable, index }: Entry): Target {
  const given = subject.variables.map(({ tensor }) => tensor);
  const { path, tensor } = subject.variables[variable] ?? { path: "", tensor: undefined };
  const shape = tensor?.shape ?? [];
  const x = tensor?.data[index] ?? NaN;
  const [low, high] = ranges[variable] ?? [-Infinity, Infinity];
  const component = (gradient: readonly Float64Array[]): number => gradient[variable]?.[index] ?? NaN;
  return {
    path,
    index: unravel(index, shape),
    isDirection: false,
    tangents: () =>
      given.map((t, i) => {
        const tangent = new Float64Array(t.size);
        if (i === variable) tangent[index] = 1;
        return tangent;
      }),
    component,
    spread: (gradient) => Math.abs(component(gradient)),
    line: {
      at(t) {
        const values = Float64Array.from(tensor?.data ?? []);
        const moved = Math.min(Math.max(x + t, low), high);
        values[index] = moved;
        return { at: moved - x, ...sample(given.with(variable, fromTypedArray(values, shape))) };
      },
      step: FIRST_STEP * Math.max(1, Math.abs(x)),
      size: Math.abs(x),
      room: [x - low, high - x],
    },
  };
}

/**
 * The derivative along a direction, a vector through all entries in order. Its length does not matter to the points
 * at which the function is evaluated: the first is {@link FIRST_STEP} away. Each coordinate of a point is rounded by
 * itself, which the measured noise contains. Entries at the edge of their domain move inwards.
 */
export function directionTarget(ground: Ground, wanted: Float64Array, path: string): Target {
  const { subject, sample, ranges } = ground;
  const given = subject.variables.map(({ tensor }) => tensor);
  const step = FIRST_STEP / (lengthOf(wanted) || 1);
  const { direction, room } = inward(wanted, given, ranges, step);
  let end = 0;
  const parts = given.map((t) => direction.subarray(end, (end += t.size)));
  const none = new Float64Array(0);
  return {
    path,
    index: [],
    isDirection: true,
    tangents: () => parts.map((part) => part.slice()),
    component: (gradient) => parts.reduce((total, part, i) => total + along(part, gradient[i] ?? none), 0),
    spread: (gradient) => Math.hypot(...parts.map((part, i) => lengthOf(part, gradient[i]))),
    line: {
      at: (t) => ({
        at: t,
        ...sample(
          given.map((tensor, i) => {
            const [low, high] = ranges[i] ?? [-Infinity, Infinity];
            const values = Float64Array.from(tensor.data, (v, k) =>
              Math.min(Math.max(v + t * (parts[i]?.[k] ?? 0), low), high),
            );
            return fromTypedArray(values, tensor.shape);
          }),
        ),
      }),
      step,
      size: 0,
      room,
    },
  };
}

/** A direction in which each entry moves in proportion to its size, but not less than to 1, as entries by themselves do. */
export function proportioned(direction: Float64Array, { subject }: Pick<Ground, "subject">): Float64Array {
  const sizes = subject.variables.flatMap(({ tensor }) =>
    Array.from(tensor.data, (x) => Math.max(1, Math.abs(x))),
  );
  return direction.map((v, i) => v * (sizes[i] ?? 1));
}

/** Inner product with a direction. What the direction leaves out does not count, even if it is not a number. */
function along(direction: Float64Array, gradient: Float64Array): number {
  let total = 0;
  for (let i = 0; i < direction.length; i++) {
    const d = direction[i] ?? 0;
    if (d !== 0) total += d * (gradient[i] ?? NaN);
  }
  return total;
}

/** Euclidean length of a vector, of which each element may be multiplied by another's. */
function lengthOf(v: Float64Array, by?: Float64Array): number {
  let total = 0;
  for (let i = 0; i < v.length; i++) total += ((v[i] ?? 0) * (by?.[i] ?? 1)) ** 2;
  return Math.sqrt(total);
}
