import { sameShape, stopGradient, type Tape, type TapeNode, type Tensor } from "@tapeloop/core";
import type { TimedStep } from "./cell.js";
import type { Plan, Plans, Site } from "./kinds.js";
import { dependents, nameOfNode, type Rewrite, type StepTape, unchanged } from "./step-tape.js";
import { withDerivativeOf } from "./through.js";

/** A value of the step that multiplies another one, and depends on parameters. */
interface Gate {
  readonly value: Tensor;
  readonly node: TapeNode;
  readonly name: string;
}

/** A product passes no gradient to one of its factors; in a cell without gates, a sum passes none to its recurrent term. */
export function missingTerm<P, S>({ tape }: Site<P, S>): Plans<P, S> {
  if (typeof tape === "string") return tape;
  const gates = gatesOf(tape);
  const terms = gates.length > 0 ? gates : recurrentTerms(tape);
  if (terms.length === 0) return "the step has neither a gate nor a sum with a recurrent term";
  const what = gates.length > 0 ? "factor" : "recurrent term";
  return terms.map(({ value, name }): Plan<P, S> => ({
    name: `missing gate term: ${name}`,
    description: `no gradient flows into the ${what} ${name}`,
    begin: () => (p, s, x) =>
      tape.run(
        (node, inputs) =>
          unchanged(node, inputs).map((t, i) => (node.outputs[i] === value ? stopGradient(t) : t)),
        p,
        s,
        x,
      ),
  }));
}

/** Two gates of one shape get each other's gradient. */
export function swappedGates<P, S>({ tape }: Site<P, S>): Plans<P, S> {
  if (typeof tape === "string") return tape;
  const gates = gatesOf(tape);
  const pairs = gates.flatMap((first, i) =>
    gates
      .slice(i + 1)
      .filter(({ value }) => sameShape(value.shape, first.value.shape))
      .map((second) => ({ first, second, rank: likeness(tape.tape, first, second) })),
  );
  const [best] = pairs.sort((a, b) => b.rank - a.rank);
  if (best === undefined) return "the step has no two gates of one shape";
  const { first, second } = best;
  return [
    {
      name: `swapped gates: ${first.name}, ${second.name}`,
      description: `the gradients of the gates ${first.name} and ${second.name} are interchanged`,
      begin: () => swapped(tape, [first.value, second.value]),
    },
  ];
}

/** One step in which two values have each other's derivative, wherever they are used. */
function swapped<P, S>(tape: StepTape<P, S>, [first, second]: readonly [Tensor, Tensor]): TimedStep<P, S> {
  return (p, s, x) => {
    const values = new Map<Tensor, Tensor>();
    const keep: Rewrite = (node, inputs) => {
      const outputs = unchanged(node, inputs);
      node.outputs.forEach((t, i) => values.set(t, outputs[i] ?? t));
      return outputs;
    };
    tape.run(keep, p, s, x);
    const [a, b] = [values.get(first) ?? first, values.get(second) ?? second];
    const exchanged = new Map([
      [first, withDerivativeOf(a, b)],
      [second, withDerivativeOf(b, a)],
    ]);
    const exchange: Rewrite = (node, inputs) =>
      unchanged(node, inputs).map((y, i) => exchanged.get(node.outputs[i] ?? y) ?? y);
    return tape.run(exchange, p, s, x);
  };
}

/** How easily two gates are mistaken for each other: of one kind, and neither made from the other. */
function likeness(tape: Tape, a: Gate, b: Gate): number {
  const independent = !dependents(tape, [a.value]).has(b.value);
  return (independent ? 2 : 0) + (a.node.op === b.node.op ? 1 : 0);
}

/** The factors of the step's products that depend on parameters, in the order in which they are computed. */
function gatesOf<P, S>({ tape, ofParams }: StepTape<P, S>): Gate[] {
  const factors = tape.nodes
    .filter(({ op, inputs }) => op.name === "mul" && inputs.length === 2)
    .flatMap(({ inputs }) => inputs.filter((t) => ofParams.has(t)));
  return named(tape, factors);
}

/** The terms of the step's sums that depend on the state and on parameters. */
function recurrentTerms<P, S>({ tape, ofParams, ofState }: StepTape<P, S>): Gate[] {
  const sums = tape.nodes.filter(({ op }) => op.name === "add" || op.name === "sub");
  const terms = sums.flatMap(({ inputs }) => inputs.filter((t) => ofState.has(t) && ofParams.has(t)));
  return named(tape, terms);
}

/** Each value once, in tape order, called after its operation and scope, and its place where that is not enough. */
function named(tape: Tape, values: readonly Tensor[]): Gate[] {
  const made = [...new Set(values)].flatMap((value) => {
    const node = tape.producer(value)?.node;
    return node === undefined ? [] : [{ value, node, name: nameOfNode(node) }];
  });
  return made
    .sort((a, b) => a.node.index - b.node.index)
    .map((gate) => {
      const unique = made.filter(({ name }) => name === gate.name).length === 1;
      return unique ? gate : { ...gate, name: `${gate.name} (%${gate.node.index})` };
    });
}
