import {
  add,
  ArgumentError,
  backward,
  index,
  isFloat,
  isTape,
  onesLike,
  type Tape,
  type Tensor,
  type TensorType,
} from "@tapeloop/core";
import { amount } from "./number-text.js";
import type { Mark, Overlay } from "./overlay.js";
import { instances, runOf } from "./steps.js";

/** Norms of one value; for what is in a loop, one for each time step. */
interface Norms {
  readonly values: number[];
  /** Undefined where the result does not depend on the value. */
  readonly gradients: (number | undefined)[];
}

/** A gradient of this part of the largest one is drawn without any tint. */
const VANISHED = 1e-8;

/**
 * The Euclidean norms of all values of a recorded tape, and of the gradients of its result by them, inside of loops for
 * each time step: where a gradient vanishes or explodes can be seen. The darker a node, the larger its gradient (on a
 * logarithmic scale from 10⁻⁸ of the largest one); what stands for several time steps shows the first and the last one's
 * norms, and is tinted by the smallest gradient. What the result does not depend on keeps the colours of its kind.
 *
 * The gradient is that of the tape's first output, which has to be one float number, such as a loss.
 *
 * @throws ArgumentError unless the tape holds numbers and its first output is one float number
 */
export function normOverlay(tape: Tape): Overlay {
  const [result] = isTape(tape) ? tape.outputs : [];
  if (!isTape(tape) || tape.isAbstract || result === undefined) {
    throw new ArgumentError("normOverlay: got no recorded tape, expected record(fn, …args).tape");
  }
  if (result.size !== 1 || !isFloat(result.dtype)) {
    throw new ArgumentError(
      `normOverlay: got a first output of ${result.size} ${result.dtype} elements, expected one float number`,
    );
  }
  const found = new Map<TensorType, Norms>();
  collect(tape, new Map([[result, onesLike(result)]]), found, (t) => t, 0);
  let largest = 0;
  for (const { gradients } of found.values()) for (const g of gradients) largest = Math.max(largest, g ?? 0);
  return {
    legend: [
      "‖·‖: norm of the value; ∇: norm of the gradient of the result by it",
      `darker: a larger gradient (the largest is ${amount(largest)})`,
    ],
    markOf(value, step) {
      const norms = found.get(value);
      return norms && markOf(norms, step, largest);
    },
  };
}

/**
 * Notes the norms of a tape's values and gradients, given the cotangents of some of them; `of` says under which name.
 * Returns the cotangents of all.
 */
function collect(
  tape: Tape,
  seeds: ReadonlyMap<Tensor, Tensor>,
  found: Map<TensorType, Norms>,
  of: (t: Tensor) => Tensor,
  time: number,
): ReadonlyMap<Tensor, Tensor> {
  const all = [...tape.inputs, ...tape.nodes.flatMap(({ outputs }) => outputs)];
  const floats = all.filter(({ dtype }) => isFloat(dtype));
  const cotangents = new Map<Tensor, Tensor>();
  backward(tape, seeds, floats).forEach((g, i) => {
    const t = floats[i];
    if (t !== undefined && g !== undefined) cotangents.set(t, g);
  });
  for (const t of all) {
    const norms = found.get(of(t)) ?? { values: [], gradients: [] };
    const gradient = cotangents.get(t);
    norms.values[time] = norm(t);
    norms.gradients[time] = gradient && norm(gradient);
    found.set(of(t), norms);
  }
  for (const node of tape.nodes) {
    const run = runOf(node);
    if (run === undefined) continue;
    const { program, steps } = run;
    const { body, carry } = program;
    let carried = node.outputs.slice(0, carry).map((t) => cotangents.get(t));
    for (const step of steps.toReversed()) {
      const rows = node.outputs.slice(carry).map((t) => {
        const g = cotangents.get(t);
        return g && index(g, step.time);
      });
      const names = new Map([...instances(body, step.tape)].map(([name, instance]) => [instance, name]));
      const inner = collect(
        step.tape,
        seedsOf(step.tape.outputs, [...carried, ...rows]),
        found,
        (t) => names.get(t) ?? t,
        step.time,
      );
      carried = step.tape.inputs.slice(0, carry).map((t) => inner.get(t));
    }
  }
  return cotangents;
}

/** A tensor that is returned twice gets the sum of its cotangents. */
function seedsOf(
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
): ReadonlyMap<Tensor, Tensor> {
  const seeds = new Map<Tensor, Tensor>();
  outputs.forEach((t, i) => {
    const g = cotangents[i];
    const sofar = seeds.get(t);
    if (g !== undefined) seeds.set(t, sofar === undefined ? g : add(sofar, g));
  });
  return seeds;
}

function norm({ data }: Tensor): number {
  let sum = 0;
  for (const x of data) sum += x * x;
  return Math.sqrt(sum);
}

function markOf({ values, gradients }: Norms, step: number | undefined, largest: number): Mark {
  const shown = step === undefined || values.length === 1 ? [0, values.length - 1] : [step];
  const across = (list: readonly (number | undefined)[]): string =>
    [...new Set(shown.map((t) => list[t]).map((x) => (x === undefined ? "–" : amount(x))))].join(" → ");
  const looked = shown.length === 1 ? shown.map((t) => gradients[t]) : gradients;
  const known = looked.filter((g) => g !== undefined);
  const smallest = known.length === 0 ? 0 : known.reduce((a, b) => Math.min(a, b));
  const depth = Math.log(smallest / largest) / Math.log(VANISHED);
  return {
    text: `‖·‖ ${across(values)}${known.length === 0 ? "" : `  ∇ ${across(gradients)}`}`,
    strength: smallest > 0 ? Math.min(1, Math.max(0, 1 - depth)) : 0,
    tone: known.length === 0 ? "none" : "amount",
  };
}
