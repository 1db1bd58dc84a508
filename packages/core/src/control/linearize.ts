import { replay, trace } from "../tape/record.js";
import { recordingTapes, runRecording, Tape, type TapeNode } from "../tape/tape.js";
import { isFloat } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { accumulate, backward } from "../transforms/backward.js";
import { neededNodes, tapeOf } from "./body.js";

/** Which derivative of a body is asked for. */
export interface Wanted {
  /** Per output: whether it has a cotangent. */
  readonly given: readonly boolean[];
  /** Per input: whether its cotangent is needed. */
  readonly wanted: readonly boolean[];
}

/** A value of the forward body by position, which is the same each time the body is replayed. */
export type ResidualKey = `input ${number}` | `node ${number}.${number}`;

/**
 * One step's forward and reverse computation as two programs. The reverse one reads *residuals*: just those forward
 * values that the derivative rules mention. What depends on loop invariants alone (a transposed weight) is set
 * apart, to be computed once outside the loop.
 */
export interface Linearization {
  /** The body with the residuals as further outputs. */
  readonly forward: Tape;
  readonly residuals: readonly { readonly key: ResidualKey; readonly tensor: Tensor }[];
  /** Stand-ins, on the joint tape, of the body's inputs. */
  readonly inputs: readonly Tensor[];
  /** Stand-ins of the given cotangents: per output, `undefined` where none was given. */
  readonly cotangents: readonly (Tensor | undefined)[];
  /** Cotangent per input; `undefined` where it is zero or not wanted. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** Reverse nodes that depend on invariants alone, and the others. */
  readonly hoisted: readonly TapeNode[];
  readonly reverse: readonly TapeNode[];
  /** Outer tensors that the rules captured, by stand-in. */
  readonly captured: ReadonlyMap<Tensor, Tensor>;
}

/**
 * Splits the body's derivative. `invariants` is the index of the first input that is the same in every step; inputs
 * before `perStep` change by themselves (the carry) and are saved when needed, those from there on are data.
 */
export function linearize(body: Tape, carries: number, invariants: number, ask: Wanted): Linearization {
  let primalEnd = 0;
  let gradients: readonly (Tensor | undefined)[] = [];
  const seeded = body.outputs.map((t, i) => ask.given[i] === true && isFloat(t.dtype));
  const count = body.inputs.length;
  const joint = trace(
    (tensors) => {
      const inputs = tensors.slice(0, count);
      const tape = new Tape({ differentiates: true });
      tape.inputs.push(...inputs);
      const outputs = runRecording(tape, () => replay(body, inputs));
      tape.outputs = outputs;
      primalEnd = recordingTapes().at(-1)?.nodes.length ?? 0;
      const seeds = new Map<Tensor, Tensor>();
      let next = count;
      outputs.forEach((t, i) => {
        const dy = seeded[i] === true ? tensors[next++] : undefined;
        if (dy !== undefined) accumulate(seeds, t, dy);
      });
      const wrt = inputs.filter((t, i) => ask.wanted[i] === true && isFloat(t.dtype));
      const found = new Map(backward(tape, seeds, wrt).map((g, i) => [wrt[i], g] as const));
      gradients = inputs.map((t) => found.get(t));
      return outputs;
    },
    [...body.inputs, ...body.outputs.filter((_, i) => seeded[i])],
  );

  const inputs = joint.inputs.slice(0, count);
  let next = count;
  const cotangents = seeded.map((given) => (given ? joint.inputs[next++] : undefined));
  const captured = new Map([...joint.captures].map(([outer, inner]) => [inner, outer]));
  const targets = gradients.filter((t) => t !== undefined);
  const later = neededNodes(joint.nodes.slice(primalEnd), targets);

  const varying = new Set<Tensor>([
    ...inputs.slice(0, invariants),
    ...cotangents.filter((t) => t !== undefined),
  ]);
  const varies = (node: TapeNode): boolean => node.inputs.some((t) => varying.has(t));
  const primal = joint.nodes.slice(0, primalEnd);
  for (const node of [...primal, ...later]) if (varies(node)) node.outputs.forEach((t) => varying.add(t));
  // Forward values that do not vary are still values of the forward body: they are saved like the others.
  primal.forEach((node) => node.outputs.forEach((t) => varying.add(t)));
  const hoisted = later.filter((node) => !varies(node));
  const reverse = later.filter(varies);

  const keys = residualKeys(inputs.slice(0, carries), primal);
  const used = new Set([...reverse.flatMap((node) => node.inputs), ...targets]);
  const residuals = [...keys].filter(([t]) => used.has(t)).map(([tensor, key]) => ({ key, tensor }));
  const forward = tapeOf(inputs, primal, [...joint.outputs, ...residuals.map(({ tensor }) => tensor)]);
  return { forward, residuals, inputs, cotangents, gradients, hoisted, reverse, captured };
}

function residualKeys(carries: readonly Tensor[], primal: readonly TapeNode[]): Map<Tensor, ResidualKey> {
  const keys = new Map<Tensor, ResidualKey>();
  carries.forEach((t, i) => keys.set(t, `input ${i}`));
  primal.forEach((node, i) => node.outputs.forEach((t, k) => keys.set(t, `node ${i}.${k}`)));
  return keys;
}
