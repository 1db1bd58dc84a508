import { ArgumentError, isTape, sizeOf, type Tape, type TapeNode, type TensorType } from "@tapeloop/core";
import { programOf } from "../graph/program.js";
import { unit } from "./number-text.js";
import type { Overlay } from "./overlay.js";

/** What one run of an operation costs. */
export interface Cost {
  /** Arithmetic operations; an elementary function such as tanh counts as one. */
  readonly flops: number;
  /** Bytes read and written. */
  readonly bytes: number;
}

const bytesOf = { float32: 4, float64: 8, int32: 4, bool: 1 } as const;

/** Operations that move elements and compute nothing. */
const movements: ReadonlySet<string> = new Set(
  "identity stopGradient reshape permute broadcastTo slice sliceGrad flip pad concat split stack unstack take gather cast".split(
    " ",
  ),
);

/** Operations that do one addition or comparison for each element that they read. */
const reductions: ReadonlySet<string> = new Set(
  "sum mean prod max min any all argmax argmin cumsum logSumExp takeGrad scatterAdd".split(" "),
);

/** What a node costs, all time steps of a loop together. */
export function costOf(node: TapeNode): Cost {
  const { op, inputs, outputs, attrs } = node;
  const program = programOf(node);
  if (program !== undefined) {
    const { length }: { length?: unknown } = attrs;
    const times = program.isLoop && typeof length === "number" ? length : 1;
    const { flops, bytes } = total(program.body.nodes.map(costOf));
    return { flops: times * flops, bytes: times * bytes };
  }
  const bytes = [...inputs, ...outputs].reduce((sum, t) => sum + sizeOf(t.shape) * bytesOf[t.dtype], 0);
  const made = outputs.reduce((sum, t) => sum + sizeOf(t.shape), 0);
  const [first] = inputs;
  if (first === undefined || movements.has(op.name)) return { flops: 0, bytes };
  if (op.name === "matmul") return { flops: 2 * made * (first.shape.at(-1) ?? 1), bytes };
  return {
    flops: reductions.has(op.name) ? inputs.reduce((sum, t) => sum + sizeOf(t.shape), 0) : made,
    bytes,
  };
}

/**
 * The arithmetic and the memory traffic of each operation as the tape has it, run by itself: what a loop's operation
 * costs is that of all time steps together. The darker, the larger its part of all arithmetic.
 *
 * @throws ArgumentError when it is given no tape
 */
export function costOverlay(tape: Tape): Overlay {
  if (!isTape(tape)) throw new ArgumentError(`costOverlay: got ${typeof tape}, expected a tape`);
  const costs = new Map<TensorType, Repeated>();
  collect(tape, 1, costs);
  const all = total(tape.nodes.map(costOf));
  let largest = 1;
  for (const { flops } of costs.values()) largest = Math.max(largest, flops);
  return {
    isOfOperations: true,
    legend: [`${unit(all.flops, "FLOP")}, ${unit(all.bytes, "B")} read and written; darker: more arithmetic`],
    markOf(value, step) {
      const cost = costs.get(value);
      if (cost === undefined) return undefined;
      const times = step === undefined ? 1 : cost.times;
      const text = [
        ...(cost.flops > 0 ? [unit(cost.flops / times, "FLOP")] : []),
        unit(cost.bytes / times, "B"),
      ].join(", ");
      return { text, strength: Math.sqrt(cost.flops / largest), tone: "amount" };
    },
  };
}

/** What all runs of an operation cost, and how many those are. */
interface Repeated extends Cost {
  readonly times: number;
}

function collect(tape: Tape, times: number, costs: Map<TensorType, Repeated>): void {
  for (const node of tape.nodes) {
    const program = programOf(node);
    if (program !== undefined) {
      const { length }: { length?: unknown } = node.attrs;
      collect(program.body, times * (program.isLoop && typeof length === "number" ? length : 1), costs);
      continue;
    }
    const { flops, bytes } = costOf(node);
    const [t] = node.outputs;
    if (t !== undefined) costs.set(t, { flops: times * flops, bytes: times * bytes, times });
  }
}

function total(costs: readonly Cost[]): Cost {
  return costs.reduce((a, b) => ({ flops: a.flops + b.flops, bytes: a.bytes + b.bytes }), {
    flops: 0,
    bytes: 0,
  });
}
