/** A piece of memory that is wanted from one position of the program to another. */
export interface Wanted {
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
}

/** An offset for each piece, such that no two that live at once overlap, and what all of them take. */
export interface Layout {
  readonly offsets: readonly number[];
  readonly height: number;
}

/** From so many pieces on, a plan that looks at all pairs takes too long. */
const MANY = 1500;

/** Lays pieces of memory out: the better of two plans, or the quick one when there are many. */
export function share(pieces: readonly Wanted[]): Layout {
  const quick = firstComeFirstServed(pieces);
  if (pieces.length > MANY) return quick;
  const careful = largestFirst(pieces);
  return quick.height < careful.height ? quick : careful;
}

/** Large pieces first, each at the lowest offset where it fits among those that live when it does. */
export function largestFirst(pieces: readonly Wanted[]): Layout {
  const offsets = pieces.map(() => 0);
  const placed: { readonly piece: Wanted; readonly at: number; readonly until: number }[] = [];
  let height = 0;
  for (const i of orderOf(pieces, (a, b) => b.bytes - a.bytes || a.start - b.start)) {
    const piece = pieces[i];
    if (piece === undefined) continue;
    let at = 0;
    // `placed` is sorted by offset: the first gap that is large enough is the lowest.
    for (const other of placed) {
      if (other.piece.start > piece.end || other.piece.end < piece.start || other.until <= at) continue;
      if (other.at >= at + piece.bytes) break;
      at = other.until;
    }
    offsets[i] = at;
    const next = placed.findIndex((other) => other.at > at);
    placed.splice(next < 0 ? placed.length : next, 0, { piece, at, until: at + piece.bytes });
    height = Math.max(height, at + piece.bytes);
  }
  return { offsets, height };
}

/** Goes through the program and gives each piece the smallest gap that it fits into, as an allocator would. */
export function firstComeFirstServed(pieces: readonly Wanted[]): Layout {
  const offsets = pieces.map(() => 0);
  const ending = orderOf(pieces, (a, b) => a.end - b.end);
  const gaps = new Gaps();
  let ended = 0;
  for (const i of orderOf(pieces, (a, b) => a.start - b.start || b.bytes - a.bytes)) {
    const piece = pieces[i];
    if (piece === undefined) continue;
    for (; ended < ending.length; ended++) {
      const index = ending[ended] ?? 0;
      const earlier = pieces[index];
      if (earlier === undefined || earlier.end >= piece.start) break;
      gaps.free(offsets[index] ?? 0, earlier.bytes);
    }
    offsets[i] = gaps.take(piece.bytes);
  }
  return { offsets, height: gaps.height };
}

function orderOf(pieces: readonly Wanted[], compare: (a: Wanted, b: Wanted) => number): number[] {
  const none: Wanted = { bytes: 0, start: 0, end: 0 };
  return pieces.map((_, i) => i).sort((i, j) => compare(pieces[i] ?? none, pieces[j] ?? none) || i - j);
}

/** Free memory below the height, sorted; neighbouring gaps are one. */
class Gaps {
  height = 0;
  readonly #gaps: { at: number; bytes: number }[] = [];

  take(bytes: number): number {
    let best: { at: number; bytes: number } | undefined;
    for (const gap of this.#gaps) {
      if (gap.bytes >= bytes && (best === undefined || gap.bytes < best.bytes)) best = gap;
    }
    const last = this.#gaps.at(-1);
    // A gap at the top grows to what is wanted.
    if (best === undefined && last !== undefined && last.at + last.bytes === this.height) best = last;
    if (best === undefined) {
      this.height += bytes;
      return this.height - bytes;
    }
    const { at } = best;
    this.height = Math.max(this.height, at + bytes);
    best.at += bytes;
    best.bytes -= bytes;
    if (best.bytes <= 0) this.#gaps.splice(this.#gaps.indexOf(best), 1);
    return at;
  }

  free(at: number, bytes: number): void {
    if (bytes === 0) return;
    let next = 0;
    let end = this.#gaps.length;
    while (next < end) {
      const middle = (next + end) >> 1;
      if ((this.#gaps[middle]?.at ?? 0) < at) next = middle + 1;
      else end = middle;
    }
    const [before, after] = [this.#gaps[next - 1], this.#gaps[next]];
    const joinsBefore = before !== undefined && before.at + before.bytes === at;
    const joinsAfter = after?.at === at + bytes;
    if (joinsBefore) {
      before.bytes += bytes + (joinsAfter ? after.bytes : 0);
      if (joinsAfter) this.#gaps.splice(next, 1);
    } else if (joinsAfter) {
      after.at = at;
      after.bytes += bytes;
    } else this.#gaps.splice(next, 0, { at, bytes });
  }
}
