import { ArgumentError, type Leaf, type Tensor } from "@tapeloop/core";
import type { Domain } from "../options.js";

/** The values that a variable may take. */
export type Range = readonly [low: number, high: number];

export const EVERYTHING: Range = [-Infinity, Infinity];

/**
 * The range of each variable.
 *
 * @throws ArgumentError for a path that is none of the variables', a range that is none, and a value outside of it
 */
export function rangesOf(where: string, domain: Domain | undefined, variables: readonly Leaf[]): Range[] {
  if (domain === undefined) return variables.map(() => EVERYTHING);
  const byPath: Readonly<Record<string, Range>> | undefined = isRange(domain) ? undefined : domain;
  const unknown = Object.keys(byPath ?? {}).find((path) => variables.every((v) => v.path !== path));
  if (unknown !== undefined) {
    const paths = variables.map(({ path }) => path).join(", ");
    throw new ArgumentError(`${where}: got a domain for ${unknown}, expected one of ${paths}`);
  }
  return variables.map(({ path, tensor }) => {
    const range = isRange(domain) ? domain : (byPath?.[path] ?? EVERYTHING);
    const [low, high] = range;
    if (!(low < high)) {
      throw new ArgumentError(`${where}: got domain [${low}, ${high}] of ${path}, expected [low, high]`);
    }
    const outside = Array.from(tensor.data).find((v) => v < low || v > high);
    if (outside !== undefined) {
      throw new ArgumentError(`${where}: ${path} holds ${outside}, outside of its domain [${low}, ${high}]`);
    }
    return range;
  });
}

function isRange(domain: Domain): domain is Range {
  return Array.isArray(domain);
}

/** An entry that has less room than this part of what it would move lies at the edge. */
const EDGE = 1 / 16;

/**
 * A direction that stays in the domain for at least `step` to the right: entries at the edge of their range turn
 * inwards, others move no further than they can. `room` says how far it may be followed to either side.
 */
export function inward(
  wanted: Float64Array,
  tensors: readonly Tensor[],
  ranges: readonly Range[],
  step: number,
): { readonly direction: Float64Array; readonly room: readonly [left: number, right: number] } {
  const direction = wanted.slice();
  let [left, right, at] = [Infinity, Infinity, 0];
  tensors.forEach((tensor, i) => {
    const [low, high] = ranges[i] ?? EVERYTHING;
    for (const x of tensor.data) {
      const d = wanted[at] ?? 0;
      const [below, above] = [x - low, high - x];
      if (d !== 0 && (below < Infinity || above < Infinity)) {
        const needed = Math.abs(d) * step;
        const isEdge = Math.min(below, above) < EDGE * needed;
        const sign = isEdge ? (above >= below ? 1 : -1) : Math.sign(d);
        const reach = isEdge ? Math.max(below, above) : Math.min(below, above);
        const moves = sign * Math.min(Math.abs(d), reach / step);
        direction[at] = moves;
        left = Math.min(left, (moves > 0 ? below : above) / Math.abs(moves));
        right = Math.min(right, (moves > 0 ? above : below) / Math.abs(moves));
      }
      at++;
    }
  });
  return { direction, room: [left, right] };
}
