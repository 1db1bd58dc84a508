import { build, type Built } from "../../../src/compile/build.js";

/** A program whose steps are cut into parts however small they are, and all of whose workers have started. */
export function together<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  args: Args,
  threads: number,
): Built<R> {
  const built = build(fn, args, { threads, grain: 1 });
  awaitCrew(built);
  return built;
}

/** Workers start without the event loop's help, so that a test may simply wait. */
export function awaitCrew({ crew }: Built<unknown>, threads = Infinity): void {
  const end = performance.now() + 30_000;
  const want = Math.min(threads, crew?.size ?? 1);
  while (crew !== undefined && crew.ready() < want) {
    if (performance.now() > end) throw new Error(`only ${crew.ready()} of ${want} workers have started`);
  }
}
