import { applyAll, isTape, stack, index, type Tape, type TapeNode, type Tensor } from "@tapeloop/core";
import { programOf, type Program } from "../../src/graph/program.js";

/** All values of a tape and of the loops on it, of those at one time step. */
export function valuesAt(tape: Tape, step: number): Map<Tensor, Tensor> {
  const values = new Map<Tensor, Tensor>();
  run(tape, values, step, true);
  return values;
}

function run(tape: Tape, values: Map<Tensor, Tensor>, step: number, isKept: boolean): void {
  for (const node of tape.nodes) {
    const inputs = node.inputs.map((t) => values.get(t) ?? t);
    const program = programOf(node);
    const results =
      program?.isLoop === true
        ? loop(program, inputs, values, step, isKept)
        : applyAll(node.op, inputs, node.attrs);
    node.outputs.forEach((t, i) => {
      const result = results[i];
      if (result !== undefined) values.set(t, result);
    });
  }
}

function loop(
  { body, carry, xs, length, reverse }: Program,
  inputs: readonly Tensor[],
  values: Map<Tensor, Tensor>,
  step: number,
  isKept: boolean,
): Tensor[] {
  let state = inputs.slice(0, carry);
  const stacked = body.outputs.slice(carry).map((): Tensor[] => []);
  for (let k = 0; k < length; k++) {
    const t = reverse ? length - 1 - k : k;
    const own = new Map<Tensor, Tensor>();
    const given = [
      ...state,
      ...inputs.slice(carry, carry + xs).map((x) => index(x, t)),
      ...inputs.slice(carry + xs),
    ];
    body.inputs.forEach((input, i) => {
      const value = given[i];
      if (value !== undefined) own.set(input, value);
    });
    run(body, own, step, false);
    const results = body.outputs.map((output) => own.get(output) ?? output);
    state = results.slice(0, carry);
    results.slice(carry).forEach((result, i) => {
      if (reverse) stacked[i]?.unshift(result);
      else stacked[i]?.push(result);
    });
    if (isKept && t === step) for (const [tensor, value] of own) values.set(tensor, value);
  }
  return [...state, ...stacked.map((rows) => stack(rows))];
}

/** The loops on a tape that go back through others. */
export function reverseLoops(tape: Tape): { readonly node: TapeNode; readonly program: Program }[] {
  return tape.nodes.flatMap((node) => {
    const program = programOf(node);
    const isReverse = node.where.derivative !== undefined && program?.isLoop === true && isTape(program.body);
    return isReverse ? [{ node, program }] : [];
  });
}
