import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import { programOf } from "../graph/program.js";

/** How the operations of a reverse sweep are put together to formulas. */
export interface Plan {
  /** Operations that are written into the one that reads them. */
  readonly inlined: ReadonlySet<TapeNode>;
  /** Additions of what several readers of a value contribute to its gradient. */
  readonly sums: ReadonlySet<TapeNode>;
  /** Additions to a running sum of the loop, which is one of its first inputs. */
  readonly totals: ReadonlyMap<TapeNode, Tensor>;
  /** Whether several operations read what this one makes. */
  readonly isShared: (node: TapeNode) => boolean;
  /** What a cotangent is the cotangent of, by the operations that are differentiated with it. */
  readonly cotangentsOf: (t: Tensor) => ReadonlySet<Tensor>;
}

/** Whether a node is part of a reverse sweep. */
export function isSwept({ where }: TapeNode): boolean {
  return where.derivative?.mode === "vjp";
}

/** Operations that only rearrange elements: a formula hardly shows them. */
export function isRearranging({ op }: TapeNode): boolean {
  return ["permute", "reshape", "broadcastTo", "split", "slice"].includes(op.name);
}

/** Finds what belongs together on a tape, whose first `carry` inputs and outputs are a loop's state. */
export function planOf(tape: Tape, carry: number): Plan {
  const readers = new Map<Tensor, TapeNode[]>();
  for (const node of tape.nodes) {
    for (const t of node.inputs) {
      const known = readers.get(t);
      if (known === undefined) readers.set(t, [node]);
      else known.push(node);
    }
  }
  const returned = new Set(tape.outputs);
  const maker = (t: Tensor): TapeNode | undefined => tape.producer(t)?.node;
  const ofTensor = (node: TapeNode | undefined): Tensor | undefined => node?.where.derivative?.of;
  const isPlain = (node: TapeNode): boolean => isSwept(node) && programOf(node) === undefined;

  const totals = new Map<TapeNode, Tensor>();
  tape.outputs.slice(0, carry).forEach((t, i) => {
    const node = maker(t);
    const [state] = tape.inputs.slice(i, i + 1);
    if (node?.op.name !== "add" || state === undefined || !node.inputs.includes(state)) return;
    if (readers.get(state)?.length === 1 && readers.get(t) === undefined) totals.set(node, state);
  });

  const isForeign = (t: Tensor, node: TapeNode): boolean => {
    const made = maker(t);
    return (
      (made === undefined ? tape.inputs.includes(t) : isSwept(made)) && ofTensor(made) !== ofTensor(node)
    );
  };
  const sums = new Set(
    tape.nodes.filter(
      (node) =>
        isPlain(node) &&
        node.op.name === "add" &&
        !totals.has(node) &&
        node.inputs.some((t) => isForeign(t, node)),
    ),
  );

  const inlined = new Set<TapeNode>();
  for (const node of tape.nodes) {
    const [t, ...others] = node.outputs;
    if (!isPlain(node) || t === undefined || others.length > 0 || returned.has(t)) continue;
    const [reader, ...more] = readers.get(t) ?? [];
    if (reader === undefined || more.length > 0 || !isPlain(reader)) continue;
    if (sums.has(node)) {
      if (sums.has(reader)) inlined.add(node);
    } else if (totals.has(reader) || (ofTensor(reader) === ofTensor(node) && !sums.has(reader)))
      inlined.add(node);
  }

  const known = new Map<Tensor, ReadonlySet<Tensor>>();
  const cotangentsOf = (t: Tensor): ReadonlySet<Tensor> => {
    const before = known.get(t);
    if (before !== undefined) return before;
    const found = new Set<Tensor>();
    known.set(t, found);
    const own = ofTensor(maker(t));
    for (const reader of readers.get(t) ?? []) {
      const of = ofTensor(reader);
      if (isPlain(reader) && !sums.has(reader) && !totals.has(reader) && of !== undefined && of !== own)
        found.add(of);
    }
    return found;
  };
  const isShared = ({ outputs }: TapeNode): boolean =>
    outputs.some((t) => (readers.get(t)?.length ?? 0) + (returned.has(t) ? 1 : 0) > 1);
  return { inlined, sums, totals, isShared, cotangentsOf };
}
