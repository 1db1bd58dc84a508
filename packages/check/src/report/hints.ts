import type { Comparison } from "../report.js";

/** Ratios within this of one another, or of a telling number, are taken to be equal. */
const CLOSE = 1e-3;
/** An entry below this part of the largest says nothing about ratios. */
const TINY = 1e-6;

/** The entries of one variable, as one sweep and one cotangent saw them. */
interface Group {
  readonly path: string;
  readonly entries: readonly Comparison[];
  readonly wrong: readonly Comparison[];
  /** The largest numeric derivative. */
  readonly scale: number;
}

/**
 * What the pattern of wrong entries suggests: a factor that all of them share (2: a term added twice; −1: a sign; 0: a
 * gradient that is cut), a matrix whose transpose would be right, two variables with each other's gradient. Directions
 * through many entries say nothing here, and neither does what could not be decided.
 */
export function findHints(comparisons: readonly Comparison[]): string[] {
  const groups = grouped(comparisons).filter(({ wrong }) => wrong.length > 0);
  const swapped = swaps(groups);
  const taken = new Set(swapped.flatMap(({ paths }) => paths));
  const own = groups
    .filter(({ path }) => !taken.has(path))
    .map((group) => transposed(group) ?? shared(group))
    .filter((hint) => hint !== undefined);
  return [...new Set([...swapped.map(({ hint }) => hint), ...own])];
}

/** By variable, of the sweep and cotangent that came first. */
function grouped(comparisons: readonly Comparison[]): Group[] {
  const entries = comparisons.filter(
    ({ isDirection, verdict, sides }) => !isDirection && verdict !== "inconclusive" && sides === undefined,
  );
  const failed = entries.find(({ verdict }) => verdict === "fail");
  if (failed === undefined) return [];
  const paths = new Map<string, Comparison[]>();
  for (const each of entries) {
    if (each.sweep !== failed.sweep || each.probe !== failed.probe) continue;
    if (each.output !== failed.output) continue;
    paths.set(each.path, [...(paths.get(each.path) ?? []), each]);
  }
  return [...paths].map(([path, all]) => ({
    path,
    entries: all,
    wrong: all.filter(({ verdict }) => verdict === "fail"),
    scale: all.reduce((max, { numeric }) => Math.max(max, Math.abs(numeric)), 0),
  }));
}

/** A factor between the analytic and the numeric value that all wrong entries share. */
function shared({ path, entries, wrong, scale }: Group): string | undefined {
  const ratios = wrong
    .filter(({ numeric }) => Math.abs(numeric) > TINY * scale)
    .map(({ analytic, numeric }) => analytic / numeric);
  const [first] = ratios;
  if (first === undefined || !ratios.every((r) => isClose(r, first))) return undefined;
  const many =
    entries.length === wrong.length ? "every entry" : `${wrong.length} of ${entries.length} entries`;
  // One entry has some ratio to anything; only a telling one means something.
  if (first === 0) {
    return entries.length === wrong.length
      ? `${path}: the analytic gradient is 0 everywhere: is it cut by stopGradient, or by values that were read out?`
      : `${path}: ${many} have gradient 0: is a term missing, or cut by stopGradient?`;
  }
  if (isClose(first, -1))
    return `${path}: ${many} with the wrong sign: is a term subtracted that should be added?`;
  if (isClose(first, 2)) return `${path}: ${many} twice the right value: is a term added twice?`;
  if (isClose(first, 0.5)) return `${path}: ${many} half of the right value: is one of two uses missing?`;
  if (ratios.length < 2) return undefined;
  return `${path}: ${many} ${format(first)} times the right value: is a factor missing, such as a mean's 1 / n?`;
}

/** Whether a matrix of wrong entries is right when read by columns. */
function transposed({ path, entries, wrong, scale }: Group): string | undefined {
  if (!wrong.every(({ index }) => index.length === 2)) return undefined;
  const size = (axis: number): number => Math.max(...entries.map(({ index }) => index[axis] ?? 0)) + 1;
  const [rows, columns] = [size(0), size(1)];
  // The data of the transpose in the shape of the matrix: [i, j] holds what belongs to the transposed position.
  const known = new Map(entries.map((each) => [each.index.join(), each.numeric]));
  const differs = wrong.filter(({ index: [i = 0, j = 0], analytic }) => {
    const at = i * columns + j;
    const right = known.get([at % rows, Math.floor(at / rows)].join());
    return (
      right === undefined || Math.abs(analytic - right) > CLOSE * Math.max(Math.abs(right), TINY * scale)
    );
  });
  if (wrong.length < 2 || differs.length > 0) return undefined;
  return `${path}: its transpose would be right: are the factors of a matrix product in the wrong order?`;
}

/** Pairs of variables of which each has the gradient of the other. */
function swaps(groups: readonly Group[]): { readonly paths: readonly string[]; readonly hint: string }[] {
  return groups.flatMap((a, i) =>
    groups
      .slice(i + 1)
      .filter((b) => holds(a, b) && holds(b, a))
      .map((b) => ({
        paths: [a.path, b.path],
        hint: `${a.path} and ${b.path} have each other's gradient: are two gates, or two results of a rule, swapped?`,
      })),
  );
}

/** Whether the analytic gradient of `a` is the numeric one of `b`. */
function holds(a: Group, b: Group): boolean {
  const right = new Map(b.entries.map((each) => [each.index.join(), each.numeric]));
  if (a.entries.length !== b.entries.length) return false;
  return a.entries.every(({ index, analytic }) => {
    const value = right.get(index.join());
    return (
      value !== undefined && Math.abs(analytic - value) <= CLOSE * Math.max(Math.abs(value), TINY * b.scale)
    );
  });
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= CLOSE * Math.abs(b);
}

function format(ratio: number): string {
  return String(Number(ratio.toPrecision(3)));
}
