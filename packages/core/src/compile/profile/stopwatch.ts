import { i32, ModuleBuilder } from "../../wasm/index.js";
import { isFunction, moduleOf } from "../instance.js";

/** Adds up, for each of some slots, the time from one tick to the next. */
export interface Stopwatch {
  /** Time of each slot, in milliseconds, and how many ticks are in it. */
  readonly times: Float64Array;
  readonly ticks: Float64Array;
  /** From now on time counts. */
  start(): void;
  /** What went by since the tick, or the start, before is the slot's. */
  readonly tick: (slot: number) => void;
}

export function stopwatch(slots: number): Stopwatch {
  const [times, ticks] = [new Float64Array(slots), new Float64Array(slots)];
  let last = performance.now();
  return {
    times,
    ticks,
    start() {
      last = performance.now();
    },
    tick(slot) {
      const now = performance.now();
      times[slot] = (times[slot] ?? 0) + now - last;
      ticks[slot] = (ticks[slot] ?? 0) + 1;
      last = now;
    },
  };
}

/** Some milliseconds of ticks, so that a clock of 0.1 ms can tell. */
const IDLE_TICKS = 2 ** 15;

/**
 * What one tick takes when it is called from WebAssembly, in milliseconds: the mean of a loop with nothing else in it.
 * Between two readings of the clock lies the end of one tick and the beginning of the next, so each interval is too long
 * by just that.
 */
export function tickCost(): number {
  const module = new ModuleBuilder();
  const tick = module.importFunction("tick", { params: ["i32"] });
  const idle = module.func("idle", [], (f) => {
    f.for(i32.const(0), i32.const(IDLE_TICKS), 1, () => {
      f.call(tick, [i32.const(0)]);
    });
  });
  module.export("run", idle);
  const watch = stopwatch(1);
  const { run } = new WebAssembly.Instance(moduleOf(module.encode()), { env: { tick: watch.tick } }).exports;
  if (!isFunction(run)) return 0;
  watch.start();
  run(0, 1);
  return (watch.times[0] ?? 0) / IDLE_TICKS;
}
