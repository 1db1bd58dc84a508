import type { BrokenTie } from "../numeric/branch.js";
import type { NumericDerivative } from "../numeric/stencil.js";
import { randomWeights, type Random } from "../random.js";
import { unravel, type Entry } from "../sampling.js";
import { directionTarget, type Ground, type Target } from "./targets.js";

/*
 * Where several entries tie, as the largest ones of max do, each of them by itself may have any share of the gradient.
 * Only together they show what is missing: along a direction that keeps the tie, every choice of subgradients gives
 * the same derivative.
 */

/** An entry that was measured by itself. */
export interface Measured {
  readonly entry: Entry;
  readonly numeric: NumericDerivative | undefined;
}

/** An entry that breaks ties, with its place among the entries of all variables. */
interface Breaker {
  readonly entry: Entry;
  readonly position: number;
  readonly broken: readonly BrokenTie[];
  /** By how much its derivative jumps; 0 if that cannot be told from rounding. */
  readonly jump: number;
}

/** A tie with all entries that break it: elements of `Breaker`. */
interface Tie {
  readonly key: string;
  readonly breakers: readonly Breaker[];
}

/** Ties that are looked at one by one; all others together. */
const TIES = 6;
/** Jumps that are less than so many times their error tell nothing. */
const CLEAR = 10;
/** Jumps within this of one another, relatively, are equal. */
const EQUAL = 1e-6;

/** Directions through entries that tie, which keep the tie, or break no other. */
export function tiedTargets(ground: Ground, measured: readonly Measured[], random: Random): Target[] {
  const breakers = breakersOf(ground, measured);
  const ties = tiesOf(breakers).filter((tie) => tie.breakers.length > 1);
  if (ties.length === 0) return [];
  const size = ground.subject.variables.reduce((n, { tensor }) => n + tensor.size, 0);
  const shift = (group: readonly Breaker[], amounts: readonly number[]): Target => {
    const direction = new Float64Array(size);
    group.forEach(({ position }, i) => (direction[position] = amounts[i] ?? 0));
    return directionTarget(ground, direction, nameOf(ground, group));
  };
  const alone = ties
    .slice(0, TIES)
    .flatMap(({ key, breakers: group }) => [
      shift(group, group.map(one)),
      ...balanced(key, group, random).map((amounts) => shift(group, amounts)),
    ]);
  const groups = connected(ties);
  if (groups.length === 1 && groups[0]?.length === ties[0]?.breakers.length) return alone;
  // Each group moves by an amount of its own, so that mistakes in several do not cancel.
  const amounts = randomWeights(random, groups.length);
  return [
    ...alone,
    shift(
      groups.flat(),
      groups.flatMap((group, i) => group.map(() => amounts[i] ?? 0)),
    ),
  ];
}

const one = (): number => 1;

function breakersOf({ subject }: Ground, measured: readonly Measured[]): Breaker[] {
  let next = 0;
  const starts = subject.variables.map(({ tensor }) => (next += tensor.size) - tensor.size);
  return measured.flatMap(({ entry, numeric }) => {
    const { sides, broken = [] } = numeric ?? {};
    if (sides === undefined || broken.length === 0) return [];
    const [left, right] = sides;
    const jump = Math.abs(right.value - left.value);
    const isClear = jump > CLEAR * (left.error + right.error);
    const position = (starts[entry.variable] ?? 0) + entry.index;
    return [{ entry, position, broken, jump: isClear ? jump : 0 }];
  });
}

function tiesOf(breakers: readonly Breaker[]): Tie[] {
  const found = new Map<string, Breaker[]>();
  for (const breaker of breakers) {
    for (const tie of breaker.broken) {
      const group = found.get(keyOf(tie)) ?? [];
      group.push(breaker);
      found.set(keyOf(tie), group);
    }
  }
  return [...found].map(([key, group]) => ({ key, breakers: group }));
}

function keyOf({ choice, element }: BrokenTie): string {
  return `${choice}:${element}`;
}

/**
 * Amounts by which entries that break one and the same tie, and no other, keep it if they move together. How much an entry
 * does to what ties shows in the jump of its derivative. Between two pieces, the side to which it goes has a sign, so all
 * directions that keep the tie are known; between more, entries are taken to push in the same direction.
 */
function balanced(key: string, group: readonly Breaker[], random: Random): number[][] {
  if (group.some(({ broken, jump }) => broken.length > 1 || jump === 0)) return [];
  const pieces = group.map(({ broken }) => broken.find((tie) => keyOf(tie) === key));
  const seen = new Set(pieces.flatMap((tie) => (tie === undefined ? [] : [tie.left, tie.right])));
  if (seen.size === 2 && [...seen].every((piece) => piece % 2 === 0)) {
    const slopes = group.map(({ jump }, i) => {
      const tie = pieces[i];
      return tie === undefined ? 0 : Math.sign(tie.right - tie.left) * jump;
    });
    return [orthogonal(randomWeights(random, group.length), slopes)];
  }
  const jumps = group.map(({ jump }) => jump);
  const [least, most] = [Math.min(...jumps), Math.max(...jumps)];
  return most - least <= EQUAL * most ? [] : [jumps.map((jump) => least / jump)];
}

/** `v` without its component along `axis`. */
function orthogonal(v: Float64Array, axis: readonly number[]): number[] {
  const dot = (f: (i: number) => number): number => axis.reduce((total, a, i) => total + a * f(i), 0);
  const part = dot((i) => v[i] ?? 0) / dot((i) => axis[i] ?? 0);
  return axis.map((a, i) => (v[i] ?? 0) - part * a);
}

/** Entries that share ties with one another, directly or by way of others; each entry is in one group. */
function connected(ties: readonly Tie[]): Breaker[][] {
  let groups: Set<Breaker>[] = [];
  for (const { breakers } of ties) {
    const touched = groups.filter((group) => breakers.some((b) => group.has(b)));
    const merged = new Set([...touched.flatMap((group) => [...group]), ...breakers]);
    groups = [...groups.filter((group) => !touched.includes(group)), merged];
  }
  return groups.map((group) => [...group]);
}

/** Entries that a name lists. */
const LISTED = 4;

function nameOf({ subject }: Ground, group: readonly Breaker[]): string {
  const names = group.slice(0, LISTED).map(({ entry }) => {
    const variable = subject.variables[entry.variable];
    const index = unravel(entry.index, variable?.tensor.shape ?? []);
    return `${variable?.path ?? ""}${index.length === 0 ? "" : ` [${index.join(", ")}]`}`;
  });
  return `${group.length} entries that tie: ${names.join(", ")}${group.length > LISTED ? ", …" : ""}`;
}
