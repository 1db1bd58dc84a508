import { sizeOf } from "../../tensor/shape.js";
import type { Loop, Step } from "../ir.js";
import { viewsOf } from "../plan/lives.js";
import { accessesOf, collide, partsOf, type Access, type Part } from "./parts.js";

/** What the workers of a program do, in order. Part i of a step is always the same worker's, part 0 worker 0's. */
export type Item =
  /** All at the same time. */
  | { readonly kind: "parts"; readonly parts: readonly Part[]; readonly step: Step }
  /** Worker 0 alone. */
  | { readonly kind: "alone"; readonly step: Step }
  | { readonly kind: "repeat"; readonly loop: Loop; readonly items: readonly Item[] }
  /** Nobody goes on until everybody has come here. */
  | { readonly kind: "barrier" };

/** How to share the work out. */
export interface Sharing {
  /** Parts to cut a step into, at most. */
  readonly threads: number;
  /** Steps of fewer operations than this stay whole; see {@link workOf}. */
  readonly grain: number;
  /** Tests have things done in another order, or leave out what must not be left out. */
  readonly arrange?: (items: readonly Item[]) => readonly Item[];
}

/** Some 3 µs of one thread: a barrier costs a tenth of that. */
export const GRAIN = 2 ** 16;

/** About how many operations on single elements a step takes; a load or a store counts as some. */
export function workOf(step: Step): number {
  switch (step.kind) {
    case "product":
      return 2 * sizeOf(step.c.shape) * (step.a.shape.at(-1) ?? 0);
    case "pack":
      return 8 * sizeOf(step.b.shape);
    case "fused":
      return 8 * (step.members.length + step.folds.length + step.stores.length) * sizeOf(step.shape);
    case "repeat":
      return step.loop.length * step.steps.reduce((sum, inner) => sum + workOf(inner), 0);
    default:
      return 0;
  }
}

/** Shares a program's steps out among workers, with barriers wherever one worker needs what another one did. */
export function schedule(steps: readonly Step[], sharing: Sharing): readonly Item[] {
  const { items } = new Scheduler(sharing).add(steps);
  return sharing.arrange?.(items) ?? items;
}

/** How many steps are cut into parts. */
export function splitSteps(items: readonly Item[]): number {
  return items.reduce(
    (sum, item) => sum + (item.kind === "repeat" ? splitSteps(item.items) : item.kind === "parts" ? 1 : 0),
    0,
  );
}

/** How many operations of a program can be shared out. */
export function sharedWork(steps: readonly Step[], sharing: Sharing): number {
  return steps.reduce((sum, step) => {
    if (step.kind === "repeat") return sum + step.loop.length * sharedWork(step.steps, sharing);
    return sum + (partsIn(step, sharing).length > 0 ? workOf(step) : 0);
  }, 0);
}

function partsIn(step: Step, sharing: Sharing): readonly Part[] {
  // Who is packed in parts lies in memory otherwise than who is packed whole: the product has to be cut likewise.
  if (step.kind === "pack" && partsIn(step.product, sharing).length === 0) return [];
  const isSmall = step.kind !== "pack" && workOf(step) < sharing.grain;
  return step.kind === "repeat" || isSmall ? [] : partsOf(step, sharing.threads);
}

interface Pending extends Access {
  /** Whose it is. */
  readonly part: number;
}

class Scheduler {
  readonly items: Item[] = [];
  /** What has been read and written since the last barrier, and in all. */
  #pending: Pending[] = [];
  readonly #all: Pending[] = [];
  readonly #sharing: Sharing;
  readonly #known: Map<Step, readonly Part[]>;

  constructor(sharing: Sharing, known = new Map<Step, readonly Part[]>()) {
    this.#sharing = sharing;
    this.#known = known;
  }

  add(steps: readonly Step[]): this {
    for (const step of steps) this.#step(step);
    return this;
  }

  #step(step: Step): void {
    if (step.kind === "repeat" && step.loop.length === 0) return;
    if (step.kind === "repeat" && this.#isShared(step.steps)) {
      const inner = new Scheduler(this.#sharing, this.#known).add(step.steps);
      // The next run reads what this one wrote.
      inner.items.push({ kind: "barrier" });
      this.#after(inner.#all);
      this.items.push({ kind: "repeat", loop: step.loop, items: inner.items });
      this.#pending = [];
      this.#all.push(...inner.#all);
      return;
    }
    const parts = this.#parts(step);
    const accesses =
      parts.length === 0
        ? accessesAlone(step).map((access) => ({ ...access, part: 0 }))
        : parts.flatMap((part, i) => accessesOf(part).map((access) => ({ ...access, part: i })));
    this.#after(accesses);
    this.items.push(parts.length === 0 ? { kind: "alone", step } : { kind: "parts", parts, step });
    this.#pending.push(...accesses);
    this.#all.push(...accesses);
  }

  /** A barrier, if what comes now must not meet what another worker may still be doing. */
  #after(next: readonly Pending[]): void {
    const isFree = next.every((a) => !this.#pending.some((b) => a.part !== b.part && collide(a, b)));
    if (isFree) return;
    this.items.push({ kind: "barrier" });
    this.#pending = [];
  }

  #isShared(steps: readonly Step[]): boolean {
    return steps.some((step) =>
      step.kind === "repeat" ? this.#isShared(step.steps) : this.#parts(step).length > 0,
    );
  }

  #parts(step: Step): readonly Part[] {
    const known = this.#known.get(step);
    if (known !== undefined) return known;
    const parts = partsIn(step, this.#sharing);
    this.#known.set(step, parts);
    return parts;
  }
}

/** What worker 0 reads and writes; taken as written, all of it. */
function accessesAlone(step: Step): Access[] {
  if (step.kind === "repeat") return step.steps.flatMap(accessesAlone);
  return viewsOf(step).map((view) => ({ view, writes: true }));
}
