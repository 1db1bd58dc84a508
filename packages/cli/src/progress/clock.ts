const RECENT = 10;

/** Measures the pace of the last few epochs, and from it the time that the remaining ones will take. */
export interface Clock {
  /** Notes that so many epochs are done. */
  tick(epoch: number): void;
  /** Milliseconds since the start. */
  elapsed(): number;
  /** Milliseconds until `total` epochs are done, at the recent pace. */
  left(total: number): number;
}

export function startClock(now: () => number): Clock {
  const start = now();
  const ticks = [{ epoch: 0, time: start }];
  return {
    tick(epoch) {
      ticks.push({ epoch, time: now() });
      if (ticks.length > RECENT + 1) ticks.shift();
    },
    elapsed: () => now() - start,
    left(total) {
      const [first, last] = [ticks[0], ticks.at(-1)];
      if (first === undefined || last === undefined || last.epoch <= first.epoch) return NaN;
      return ((last.time - first.time) / (last.epoch - first.epoch)) * Math.max(0, total - last.epoch);
    },
  };
}
