import { ArgumentError, ShapeError } from "../errors.js";
import { checkObject, shown } from "../expect.js";
import { formatShape, normalizeAxis, type Shape } from "../tensor/shape.js";

/**
 * Part of one axis, as NumPy's `start:stop:step`; `null` leaves an end open. `[2]` is `2:`, `[null, 5]` is `:5` and
 * `[null, null, -1]` is `::-1`.
 */
export type SliceRange = readonly [start: number | null, stop?: number | null, step?: number];

/** Part of one named axis, by default axis 0; what is left out is open. */
export interface AxisRange {
  readonly axis?: number;
  readonly start?: number | null;
  readonly stop?: number | null;
  readonly step?: number;
}

/** What `slice` takes: a range for each leading axis (`null` for a whole axis), or that of one axis. */
export type Ranges = readonly (SliceRange | null)[] | AxisRange;

/** A range on an axis of known size: first position, distance and number of elements. */
export interface Span {
  readonly start: number;
  readonly step: number;
  readonly size: number;
}

/** The spans of all axes. Throws ShapeError for more ranges than axes, ArgumentError for ranges that make no sense. */
export function spansOf(shape: Shape, ranges: Ranges): Span[] {
  const list = isList(ranges) ? ranges : oneAxis(shape, rangeOf(ranges));
  if (list.length > shape.length) {
    throw new ShapeError(
      `slice: got ${list.length} ranges for ${formatShape(shape)}, expected at most ${shape.length}`,
    );
  }
  return shape.map((n, axis) => spanOf(list[axis] ?? [null], n, axis));
}

function isList(ranges: Ranges): ranges is readonly (SliceRange | null)[] {
  return Array.isArray(ranges);
}

function rangeOf(range: AxisRange): AxisRange {
  checkObject("slice", range, "the ranges, expected a list of them or { axis, start, stop, step }");
  return range;
}

function oneAxis(
  shape: Shape,
  { axis = 0, start = null, stop = null, step = 1 }: AxisRange,
): (SliceRange | null)[] {
  const at = normalizeAxis("slice", axis, shape.length);
  return shape.map((_, i) => (i === at ? [start, stop, step] : null));
}

/** A range on an axis of n elements as first position, step and count: Python's `slice.indices`. */
function spanOf(range: SliceRange, n: number, axis: number): Span {
  if (!Array.isArray(range)) {
    throw new ArgumentError(
      `slice: got ${shown(range)} for axis ${axis}, expected [start, stop], [start, stop, step] or null; ` +
        "index(x, i, axis) takes one element",
    );
  }
  const [start = null, stop = null, step = 1] = range;
  if (![start ?? 0, stop ?? 0, step].every(Number.isInteger) || step === 0) {
    throw new ArgumentError(
      `slice: got [${range.map(shown).join(", ")}] for axis ${axis}, expected whole numbers and a step other than 0`,
    );
  }
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + n : at, low), high);
  const first = start === null ? (step > 0 ? low : high) : clamp(start);
  const end = stop === null ? (step > 0 ? high : low) : clamp(stop);
  const size = Math.max(0, Math.ceil((end - first) / step));
  return { start: size === 0 ? 0 : first, step, size };
}
