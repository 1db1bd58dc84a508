import { index, record, replay, type Tape, type TapeNode, type Tensor } from "@tapeloop/core";
import { programOf, type Program } from "../graph/program.js";

/** A loop over time as it ran. */
export interface Run {
  readonly program: Program;
  /** In the order in which they ran: the time step, and a tape of its own whose nodes are the body's one by one. */
  readonly steps: readonly { readonly time: number; readonly tape: Tape }[];
}

/** Runs a loop again, step by step; undefined if the node is none, or was not computed. */
export function runOf(node: TapeNode): Run | undefined {
  const program = programOf(node);
  if (program?.isLoop !== true || node.inputs.some((t) => t.isAbstract)) return undefined;
  const { body, carry, xs } = program;
  const { length, reverse }: { length?: unknown; reverse?: unknown } = node.attrs;
  const count = typeof length === "number" ? length : 0;
  const data = node.inputs.slice(carry, carry + xs);
  const captured = node.inputs.slice(carry + xs);
  let state: readonly Tensor[] = node.inputs.slice(0, carry);
  const steps = Array.from({ length: count }, (_, k) => {
    const time = reverse === true ? count - 1 - k : k;
    const given = [...state, ...data.map((x) => index(x, time)), ...captured];
    const { tape, outputs } = record((...inputs: readonly Tensor[]) => replay(body, inputs), ...given);
    state = outputs.slice(0, carry);
    return { time, tape };
  });
  return { program, steps };
}

/** The tensors of a step's tape, each with the body's tensor that it is an instance of. */
export function* instances(body: Tape, step: Tape): Generator<readonly [of: Tensor, instance: Tensor]> {
  for (const [i, t] of body.inputs.entries()) {
    const instance = step.inputs[i];
    if (instance !== undefined) yield [t, instance];
  }
  for (const [i, node] of body.nodes.entries()) {
    for (const [k, t] of node.outputs.entries()) {
      const instance = step.nodes[i]?.outputs[k];
      if (instance !== undefined) yield [t, instance];
    }
  }
}
