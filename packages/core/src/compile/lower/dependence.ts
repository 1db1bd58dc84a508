import type { Step } from "../ir.js";

/** The steps that run after each step; `after` read the other way. */
const followers = new WeakMap<Step, Set<Step>>();

/** Notes that `earlier` must have run before `step` may. */
export function runsAfter(step: Step, earlier: Step): void {
  step.after.add(earlier);
  const known = followers.get(earlier);
  if (known === undefined) followers.set(earlier, new Set([step]));
  else known.add(step);
}

/**
 * Whether `target` must have run before `step` may. Searches from both at once: in a long program, one of them has few
 * others before or behind it.
 */
export function dependsOn(step: Step, target: Step): boolean {
  const back = new Search(step, (s) => s.after);
  const forth = new Search(target, (s) => followers.get(s) ?? NONE);
  while (back.hasMore && forth.hasMore) {
    if (back.finds(target) || forth.finds(step)) return true;
  }
  return false;
}

const NONE: ReadonlySet<Step> = new Set();

/** Visits what can be reached from one step. */
class Search {
  readonly #stack: Step[];
  readonly #seen: Set<Step>;
  readonly #next: (step: Step) => ReadonlySet<Step>;

  constructor(from: Step, next: (step: Step) => ReadonlySet<Step>) {
    this.#stack = [from];
    this.#seen = new Set(this.#stack);
    this.#next = next;
  }

  get hasMore(): boolean {
    return this.#stack.length > 0;
  }

  /** Takes one step further, and says whether that leads to `wanted`. */
  finds(wanted: Step): boolean {
    const step = this.#stack.pop();
    if (step === undefined) return false;
    for (const next of this.#next(step)) {
      if (next === wanted) return true;
      if (this.#seen.has(next)) continue;
      this.#seen.add(next);
      this.#stack.push(next);
    }
    return false;
  }
}

/** Steps in an order that every dependence allows, otherwise as they were made. */
export function ordered(steps: readonly Step[]): Step[] {
  const known = new Set(steps);
  const done = new Set<Step>();
  const result: Step[] = [];
  for (const root of steps) {
    const stack: { readonly step: Step; readonly rest: Iterator<Step> }[] = [];
    const enter = (step: Step): void => {
      if (done.has(step) || !known.has(step)) return;
      done.add(step);
      stack.push({ step, rest: step.after.values() });
    };
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.next();
      if (next.done !== true) enter(next.value);
      else {
        result.push(top.step);
        stack.pop();
      }
    }
  }
  return result;
}
