import { resolve, type Buffer, type Program, type Step, type View } from "../ir.js";

/** From which position in the program to which a buffer holds something. */
export interface Life {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A loop that is running where a buffer is used. */
interface Running {
  readonly start: number;
  end: number;
}

interface Use {
  readonly position: number;
  readonly loops: readonly Running[];
}

/**
 * When each buffer lives. A buffer that is used within a single loop only, or outside all loops, lives from its first
 * use to its last. One that is used in several places lives, where one of them is a loop, through the whole loop.
 */
export function livesOf({ steps, outputs }: Program): Life[] {
  const uses = new Map<Buffer, Use[]>();
  let position = 0;
  const use = (view: View, loops: readonly Running[]): void => {
    const { buffer } = resolve(view);
    if (buffer.lasting) return;
    const known = uses.get(buffer);
    if (known === undefined) uses.set(buffer, [{ position, loops }]);
    else known.push({ position, loops });
  };
  const walk = (list: readonly Step[], loops: readonly Running[]): void => {
    for (const step of list) {
      if (step.kind === "repeat") {
        const running: Running = { start: position, end: position };
        walk(step.steps, [...loops, running]);
        running.end = position;
      } else for (const view of viewsOf(step)) use(view, loops);
      position++;
    }
  };
  walk(steps, []);
  for (const output of outputs) if ("buffer" in output) use(output, []);
  return [...uses].map(([buffer, all]) => ({ buffer, ...spanOf(all) }));
}

function spanOf(uses: readonly Use[]): { start: number; end: number } {
  const [first] = uses;
  const shared = first?.loops.findIndex((loop, depth) => uses.some(({ loops }) => loops[depth] !== loop));
  const depth = shared === undefined || shared < 0 ? (first?.loops.length ?? 0) : shared;
  let [start, end] = [Infinity, 0];
  for (const { position, loops } of uses) {
    const loop = loops[depth];
    start = Math.min(start, loop?.start ?? position);
    end = Math.max(end, loop?.end ?? position);
  }
  return { start, end };
}

/** The views that a step reads or writes. */
export function viewsOf(step: Exclude<Step, { kind: "repeat" }>): readonly View[] {
  switch (step.kind) {
    case "fused":
      return [
        ...step.members.flatMap(({ operands }) =>
          operands.flatMap((o) => (o.kind === "view" ? [o.view] : [])),
        ),
        ...step.stores.map(({ to }) => to),
        ...step.folds.flatMap(({ operand, to }) => (operand.kind === "view" ? [operand.view, to] : [to])),
      ];
    case "product":
      return [step.a, step.b, step.c, step.initial, step.packed].filter((view) => view !== undefined);
    case "pack":
      return [step.b, step.to];
    case "single":
      return [...step.inputs, ...step.outputs];
    case "host":
      return [...step.inputs.filter((input) => "buffer" in input), ...step.outputs];
  }
}
