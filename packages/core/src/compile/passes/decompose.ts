import { stopGradientOp } from "../../ops/cast.js";
import { identityOp } from "../../tape/identity.js";
import { trace } from "../../tape/record.js";
import type { Tape, TapeNode } from "../../tape/tape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { compositeOf } from "./decompose/composites.js";
import { writeMovement } from "./decompose/movements.js";
import type { Pass } from "./pass.js";
import { applies, Draft } from "./rewrite/draft.js";
import { withBodies } from "./rewrite/scans.js";

/**
 * Writes composite operations in primitives, so that whoever generates code needs to know only those: elementwise
 * functions, reductions, permute, reshape, broadcastTo, slice, flip, pad, concat, matmul, look-ups, cumsum, random
 * words and permutations, normal draws, windows and scan.
 *
 * `identity` and `stopGradient` vanish, so afterwards an output may be an input.
 */
export const decompose: Pass = {
  name: "decompose",
  does: "writes composite operations in primitive ones",
  run,
};

function run(tape: Tape): Tape {
  const draft = new Draft(tape);
  const inner = withBodies(tape, run);
  for (const node of inner.nodes) write(draft, node);
  return draft.finish(inner.outputs);
}

function write(draft: Draft, node: TapeNode): void {
  const simpler = simplerForm(draft, node);
  if (simpler === undefined) draft.keep(node);
  node.outputs.forEach((t, i) => {
    const other = simpler?.[i];
    if (other !== undefined) draft.rename(t, other);
  });
}

/** What stands for the node's outputs once it is written in simpler operations; `undefined` if it is primitive. */
function simplerForm(draft: Draft, node: TapeNode): readonly Tensor[] | undefined {
  const [x] = node.inputs;
  if (x === undefined) return undefined;
  if (applies(identityOp, node) || applies(stopGradientOp, node)) return [draft.of(x)];
  const composite = compositeOf(node);
  if (composite === undefined) return writeMovement(draft, node);
  const parts = trace(([own]) => (own === undefined ? [] : [composite(own)]), [draft.of(x)]);
  for (const own of parts.inputs) draft.rename(own, draft.of(x));
  for (const part of parts.nodes) draft.keep({ ...part, where: node.where });
  return draft.all(parts.outputs);
}
