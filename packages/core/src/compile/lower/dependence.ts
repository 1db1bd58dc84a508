import type { Step } from "../ir.js";

/** Whether `target` must have run before `step` may. */
export function dependsOn(step: Step, target: Step): boolean {
  const seen = new Set<Step>([step]);
  const stack = [step];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const earlier of next.after) {
      if (earlier === target) return true;
      if (seen.has(earlier)) continue;
      seen.add(earlier);
      stack.push(earlier);
    }
  }
  return false;
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
