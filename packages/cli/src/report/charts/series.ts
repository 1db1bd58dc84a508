/** A point of a line. `y` is NaN where the line has a gap. */
export interface Point {
  readonly x: number | Date;
  readonly y: number;
}

// The range of an axis, its rounded ends, and the inverse of its step must not overflow.
const LARGEST = 1e300;
const SMALLEST = 1e-290;

/** Whether a value can be drawn: it is finite, and not so large that the axis would overflow. */
function isDrawable(value: number): boolean {
  return Math.abs(value) <= LARGEST;
}

/** What is too small for any axis is drawn as zero. */
function settled(value: number): number {
  return Math.abs(value) < SMALLEST ? 0 : value;
}

/** Pairs values with places on the x axis; what cannot be drawn becomes a gap. */
export function toPoints(
  values: ArrayLike<number>,
  place: (index: number) => number | Date,
): readonly Point[] {
  return Array.from(values, (y, index) => ({ x: place(index), y: isDrawable(y) ? settled(y) : NaN }));
}

/**
 * Thins a long line to what a drawing `columns` pixels wide can show: of the points in each pixel column the
 * first, the lowest, the highest and the last are kept, so every peak and every gap stays.
 */
export function thin(points: readonly Point[], columns: number): readonly Point[] {
  if (points.length <= 4 * columns) return points;
  const size = points.length / columns;
  return Array.from({ length: columns }, (_, column) => {
    return outline(points.slice(Math.floor(column * size), Math.floor((column + 1) * size)));
  }).flat();
}

function outline(points: readonly Point[]): readonly Point[] {
  const indices = points.map((_, index) => index);
  const y = (index: number) => points[index]?.y ?? NaN;
  const drawn = indices.filter((index) => !Number.isNaN(y(index)));
  const gap = indices.find((index) => Number.isNaN(y(index)));
  const lowest = drawn.reduce((best, index) => (y(index) < y(best) ? index : best), drawn[0] ?? 0);
  const highest = drawn.reduce((best, index) => (y(index) > y(best) ? index : best), drawn[0] ?? 0);
  const kept = new Set([0, lowest, highest, gap ?? 0, points.length - 1]);
  return points.filter((_, index) => kept.has(index));
}

/** The values of a series that can be drawn. */
export function drawable(values: ArrayLike<number>): readonly number[] {
  return Array.from(values).filter(isDrawable).map(settled);
}

/** Smallest and largest of the values; nothing when there are none. */
export function extent(values: readonly number[]): readonly [number, number] | undefined {
  if (values.length === 0) return undefined;
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Whether values are best read on a logarithmic scale: none is negative, and they span more than a decade. */
export function wantsLogScale(values: readonly number[]): boolean {
  const range = extent(values.filter((value) => value !== 0));
  return (
    range !== undefined && range[0] > 0 && values.every((value) => value >= 0) && range[1] / range[0] > 10
  );
}

/** Zeros have no place on a logarithmic scale: they become gaps. */
export function withoutZeros(points: readonly Point[]): readonly Point[] {
  return points.map((point) => (point.y === 0 ? { ...point, y: NaN } : point));
}
