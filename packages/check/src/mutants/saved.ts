import {
  add,
  cast,
  fromTypedArray,
  mul,
  stopGradient,
  sub,
  type TapeNode,
  type Tensor,
  zerosLike,
} from "@tapeloop/core";
import type { Plan, Plans, Site } from "./kinds.js";
import { nameOfNode, type StepTape, unchanged } from "./step-tape.js";
import { withDerivativeOf } from "./through.js";

/** A parameter that is stretched over the batch gets the gradient of the batch's first row instead of the sum. */
export function unsummedBroadcast<P, S>({ tape, inputs }: Site<P, S>): Plans<P, S> {
  if (typeof tape === "string") return tape;
  const batch = inputs[2].shape[1] ?? 0;
  if (batch < 2) return `the batch has ${batch} row${batch === 1 ? "" : "s"}: there is nothing to sum over`;
  const use = stretchedParameter(tape, batch);
  if (use === undefined) return "no parameter is broadcast over the batch";
  const { node, input } = use;
  const plan: Plan<P, S> = {
    name: "unsummed broadcast",
    description:
      `the gradient of ${node.inputs[input]?.label ?? "a parameter"} in ${nameOfNode(node)} ` +
      "is that of the first sequence, not the sum over the batch",
    begin: () => (p, s, x) =>
      tape.run(
        (n, given) => (n === node ? firstRowOnly(node, given, input, batch) : unchanged(n, given)),
        p,
        s,
        x,
      ),
  };
  return [plan];
}

/** The node's outputs; through one of its inputs, with the derivative of the first row alone. */
function firstRowOnly(node: TapeNode, given: readonly Tensor[], input: number, batch: number): Tensor[] {
  const live = unchanged(
    node,
    given.map((t, i) => (i === input ? t : stopGradient(t))),
  );
  const others = unchanged(
    node,
    given.map((t, i) => (i === input ? stopGradient(t) : t)),
  );
  const rows = Float64Array.from({ length: batch }, (_, row) => Number(row === 0));
  return others.map((y, i) => {
    const through = live[i] ?? y;
    const mask = cast(fromTypedArray(rows, [batch, ...y.shape.slice(1).map(() => 1)]), y.dtype);
    return add(y, mul(mask, sub(through, stopGradient(through))));
  });
}

interface Use {
  readonly node: TapeNode;
  readonly input: number;
}

/** Where parameters meet the batch: a bias or the like if there is one, else a matrix. */
function stretchedParameter<P, S>(
  { tape, ofParams, ofTime }: StepTape<P, S>,
  batch: number,
): Use | undefined {
  const uses = tape.nodes
    .filter(({ outputs }) => outputs.length === 1 && outputs[0]?.shape[0] === batch)
    .flatMap((node) =>
      node.inputs.flatMap((t, input) => (ofParams.has(t) && !ofTime.has(t) ? [{ node, input }] : [])),
    );
  const isBias = ({ node, input }: Use): boolean =>
    (node.inputs[input]?.rank ?? 0) < (node.outputs[0]?.rank ?? 0);
  return uses.find(isBias) ?? uses[0];
}

/** Operations whose derivative depends on where it is taken; relu and its like change it too seldom. */
const CURVED = ["tanh", "sigmoid", "softplus", "gelu", "erf", "exp", "sin", "cos", "square", "softsign"];

/**
 * An operation's reverse rule reads the inputs that were saved one time step before; at the first step, where
 * nothing was saved yet, zeros.
 */
export function staleValue<P, S>({ tape }: Site<P, S>): Plans<P, S> {
  if (typeof tape === "string") return tape;
  const changing = ({ op, inputs }: TapeNode, names: readonly string[], count: number): boolean =>
    names.includes(op.name) && inputs.filter((t) => tape.ofTime.has(t)).length >= count;
  const { nodes } = tape.tape;
  const node =
    nodes.find((n) => changing(n, CURVED, 1)) ??
    nodes.find((n) => changing(n, ["mul", "matmul"], 2)) ??
    nodes.find((n) => changing(n, ["matmul", "mul"], 1));
  if (node === undefined) return "the step has no operation whose derivative depends on its inputs";
  const plan: Plan<P, S> = {
    name: "stale saved value",
    description: `the derivative of ${nameOfNode(node)} is taken at its inputs of the step before`,
    begin() {
      let saved: readonly Tensor[] | undefined;
      return (p, s, x) =>
        tape.run(
          (n, given) => {
            if (n !== node) return unchanged(n, given);
            const stale = given.map((t, i) => {
              const own = node.inputs[i];
              if (own === undefined || !tape.ofTime.has(own)) return t;
              return withDerivativeOf(saved?.[i] ?? zerosLike(t), t);
            });
            saved = given;
            const live = unchanged(node, stale);
            return unchanged(node, given).map((y, i) => withDerivativeOf(y, live[i] ?? y));
          },
          p,
          s,
          x,
        );
    },
  };
  return [plan];
}
