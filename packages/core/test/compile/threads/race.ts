import { accessesOf, type Access } from "../../../src/compile/emit/parts.js";
import type { Item } from "../../../src/compile/emit/schedule.js";
import { elementBytes, resolve, type Loop, type Step, type View } from "../../../src/compile/ir.js";
import { viewsOf } from "../../../src/compile/plan/lives.js";

/** Who has touched a byte since the last barrier. */
interface Touched {
  readonly writers: Set<number>;
  readonly readers: Set<number>;
}

/**
 * Goes through what the workers of a program do, loops and all, byte by byte, and tells where one of them touches what
 * another one writes without a barrier in between. It knows nothing of how the barriers were chosen.
 */
export function races(items: readonly Item[]): string[] {
  const found = new Set<string>();
  const touched = new Map<number, Touched>();
  const running = new Map<Loop, { run: number; time: number }>();
  const touch = ({ view, writes }: Access, worker: number): void => {
    for (const byte of bytesOf(view, running)) {
      const entry = touched.get(byte) ?? { writers: new Set(), readers: new Set() };
      touched.set(byte, entry);
      (writes ? entry.writers : entry.readers).add(worker);
      const others = new Set([...entry.writers, ...entry.readers]);
      if (entry.writers.size > 0 && others.size > 1) found.add(resolve(view).buffer.name);
    }
  };
  const alone = (step: Step): void => {
    if (step.kind === "repeat") {
      eachRun(step.loop, running, () => {
        step.steps.forEach(alone);
      });
    } else for (const view of viewsOf(step)) touch({ view, writes: true }, 0);
  };
  const walk = (list: readonly Item[]): void => {
    for (const item of list) {
      if (item.kind === "barrier") touched.clear();
      else if (item.kind === "alone") alone(item.step);
      else if (item.kind === "repeat") {
        eachRun(item.loop, running, () => {
          walk(item.items);
        });
      } else {
        item.parts.forEach((part, i) => {
          for (const access of accessesOf(part)) touch(access, i);
        });
      }
    }
  };
  walk(items);
  return [...found];
}

function eachRun(loop: Loop, running: Map<Loop, { run: number; time: number }>, body: () => void): void {
  for (let run = 0; run < loop.length; run++) {
    running.set(loop, { run, time: loop.reverse ? loop.length - 1 - run : run });
    body();
  }
  running.delete(loop);
}

function bytesOf(view: View, running: ReadonlyMap<Loop, { run: number; time: number }>): number[] {
  const { buffer, offset, moves, shape, strides } = resolve(view);
  let start = offset;
  for (const { loop, stride, phase } of moves) {
    const now = running.get(loop);
    if (now === undefined) throw new Error(`${buffer.name} is used outside of its loop`);
    start += stride * (phase === undefined ? now.time : (now.run + phase) & 1);
  }
  const elements = shape.reduce(
    (all, size, axis) =>
      all.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * (strides[axis] ?? 0))),
    [start],
  );
  const size = elementBytes[buffer.dtype];
  return elements.flatMap((at) =>
    Array.from({ length: size }, (_, byte) => (buffer.address ?? 0) + at * size + byte),
  );
}
