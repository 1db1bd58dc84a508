/** A stretch of a sequence that consists of equal blocks. */
export interface Run {
  readonly start: number;
  readonly period: number;
  readonly count: number;
}

/** Two blocks may be alike by chance. */
const LEAST_COUNT = 3;
/** Fewer operations are drawn as they are: a chain of three is no loop. */
const LEAST_LENGTH = 6;
/** How many periods are tried at each position. */
const TRIES = 64;

/**
 * Finds runs of equal blocks from left to right. Where several begin at one position the one that covers most is
 * asked about first, of equals the one with the shortest block.
 *
 * @param codes what must be equal
 * @param accept the part of a run that holds up to closer scrutiny, in whole blocks; `undefined` for none
 */
export function findRuns<R extends Run>(
  codes: readonly number[],
  accept: (run: Run) => R | undefined,
): readonly R[] {
  const next = nextSame(codes);
  const runs: R[] = [];
  for (let i = 0; i < codes.length;) {
    const found = firstAccepted(candidates(codes, next, i), accept);
    if (found === undefined) i++;
    else {
      runs.push(found);
      i = found.start + found.period * found.count;
    }
  }
  return runs;
}

export function isWorthFolding({ period, count }: Run): boolean {
  return count >= LEAST_COUNT && period * count >= LEAST_LENGTH;
}

function firstAccepted<R>(runs: readonly Run[], accept: (run: Run) => R | undefined): R | undefined {
  for (const run of runs) {
    const accepted = accept(run);
    if (accepted !== undefined) return accepted;
  }
  return undefined;
}

/** The runs that begin at a position, those that cover most first. */
function candidates(codes: readonly number[], next: readonly (number | undefined)[], start: number): Run[] {
  const runs: Run[] = [];
  let tries = 0;
  for (let at = next[start]; at !== undefined && tries < TRIES; at = next[at], tries++) {
    const period = at - start;
    if (start + LEAST_COUNT * period > codes.length) break;
    const count = 1 + Math.floor(sameLength(codes, start, period) / period);
    const run = { start, period, count };
    if (isWorthFolding(run)) runs.push(run);
  }
  return runs.sort((a, b) => b.period * b.count - a.period * a.count || a.period - b.period);
}

/** How far the sequence goes on as it did `period` before. */
function sameLength(codes: readonly number[], start: number, period: number): number {
  let length = 0;
  while (start + period + length < codes.length && codes[start + length] === codes[start + period + length])
    length++;
  return length;
}

/** Per position the next one with the same code; itself `undefined` at the last. */
function nextSame(codes: readonly number[]): (number | undefined)[] {
  const latest = new Map<number, number>();
  const next = new Array<number | undefined>(codes.length).fill(undefined);
  for (let i = codes.length - 1; i >= 0; i--) {
    const code = codes[i] ?? 0;
    next[i] = latest.get(code);
    latest.set(code, i);
  }
  return next;
}
