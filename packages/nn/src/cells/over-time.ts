import {
  scan,
  ShapeError,
  stack,
  timeStep,
  treeMap,
  treeTensors,
  unstack,
  type Tensor,
  type Tree,
} from "@tapeloop/core";

/** How to walk over time. */
export interface Walk {
  readonly mode: "scan" | "loop";
  readonly length: number;
  readonly reverse?: boolean;
}

/** One time step: [next carry, output] from carry and x. */
type Step<Carry extends Tree, X extends Tree> = (carry: Carry, x: X) => readonly [Carry, Tensor];

/**
 * Runs a step over the rows of `xs` [time, …]: as one `scan`, or as a loop that records every step under its own
 * number. Returns the last carry and the stacked outputs [time, …].
 */
export function overTime<Carry extends Tree, X extends Tree>(
  name: string,
  step: Step<Carry, X>,
  start: Carry,
  xs: X,
  { mode, length, reverse = false }: Walk,
): readonly [Carry, Tensor] {
  if (mode === "scan") return scan(step, start, xs, { length, reverse });
  if (length === 0) throw new ShapeError(`${name}: got no time steps, expected at least one in mode "loop"`);
  const rows = new Map(treeTensors(xs).map((x) => [x, unstack(x)] as const));
  const outputs: Tensor[] = [];
  let carry = start;
  for (let k = 0; k < length; k++) {
    const t = reverse ? length - 1 - k : k;
    const x = treeMap(xs, (all) => rows.get(all)?.[t] ?? all);
    const [next, output] = timeStep(t, () => step(carry, x));
    carry = next;
    outputs[t] = output;
  }
  return [carry, stack(outputs)];
}
