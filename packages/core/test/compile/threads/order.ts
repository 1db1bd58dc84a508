import { trace, treeMap, treeTensors, type Tape, type Tensor } from "@tapeloop/core";
import { emitProgram } from "../../../src/compile/emit/program.js";
import type { Item } from "../../../src/compile/emit/schedule.js";
import { instantiate } from "../../../src/compile/instance.js";
import { lower } from "../../../src/compile/lower/lower.js";
import { optimize } from "../../../src/compile/passes/index.js";
import { thisEngine } from "../../../src/compile/target.js";
import type { Model } from "./models.js";

/** The training step of a model as a tape. */
export function tapeOf({ step, params, batch }: Model): Tape {
  const all = treeTensors([params, ...batch]);
  return trace(
    (tensors) => {
      let next = 0;
      const given = treeMap(params, (t: Tensor) => tensors[next++] ?? t);
      const [first, second] = tensors.slice(next);
      if (first === undefined || second === undefined) throw new Error("the batch is missing");
      const [loss, after] = step(given, first, second);
      return [loss, ...treeTensors(after)];
    },
    all.map(({ shape, dtype }) => ({ shape, dtype })),
  );
}

/** What a tape computes when the parts are done in the order that `arrange` gives, all by one thread. */
export function runInOrder(
  tape: Tape,
  inputs: readonly Tensor[],
  threads: number,
  arrange: (items: readonly Item[]) => readonly Item[],
): Tensor[] {
  const program = lower(optimize(tape), new Map([...tape.captures].map(([outer, inner]) => [inner, outer])));
  const emitted = emitProgram(program, thisEngine(), { sharing: { threads, grain: 1, arrange } });
  return instantiate(program, emitted, tape.outputs).call(inputs);
}

/** Between barriers, all that the last worker does comes first, and all that worker 0 does comes last. */
export function lastFirst(items: readonly Item[]): Item[] {
  const arranged: Item[] = [];
  let phase: Item[] = [];
  const flush = (): void => {
    const workers = Math.max(1, ...phase.map((item) => (item.kind === "parts" ? item.parts.length : 1)));
    for (let worker = workers - 1; worker >= 0; worker--) {
      for (const item of phase) {
        if (item.kind === "parts") {
          const part = item.parts[worker];
          if (part !== undefined) arranged.push({ ...item, parts: [part] });
        } else if (worker === 0) arranged.push(item);
      }
    }
    phase = [];
  };
  for (const item of items) {
    if (item.kind !== "barrier" && item.kind !== "repeat") {
      phase.push(item);
      continue;
    }
    flush();
    arranged.push(item.kind === "repeat" ? { ...item, items: lastFirst(item.items) } : item);
  }
  flush();
  return arranged;
}

/** Everything but the barriers. */
export function withoutBarriers(items: readonly Item[]): Item[] {
  return items.flatMap((item): Item[] => {
    if (item.kind === "barrier") return [];
    return [item.kind === "repeat" ? { ...item, items: withoutBarriers(item.items) } : item];
  });
}
