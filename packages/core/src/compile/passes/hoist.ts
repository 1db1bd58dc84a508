import type { Tape } from "../../tape/tape.js";
import { hoistFrom } from "./loops/hoist-from.js";
import type { Pass } from "./pass.js";
import { Draft } from "./rewrite/draft.js";
import { isScan } from "./rewrite/scans.js";

/**
 * Moves work out of loops: what is the same in every step is computed once, before the loop; products of the step's
 * data with a weight are computed for all steps as one large product; stacked outputs that are made of data alone, or
 * that merely move what is stacked, are made outside.
 *
 * A product of [h; x] counts as two (and their sum, which rounds differently).
 */
export const hoist: Pass = {
  name: "hoist",
  does: "moves out of loops what does not depend on earlier steps",
  run,
};

function run(tape: Tape): Tape {
  if (!tape.nodes.some(isScan)) return tape;
  const draft = new Draft(tape);
  let changed = false;
  for (const node of tape.nodes) {
    if (!isScan(node)) {
      draft.keep(node);
      continue;
    }
    const { attrs } = node;
    const body = run(attrs.body);
    const inner = { ...node, inputs: draft.all(node.inputs), attrs: { ...attrs, body } };
    changed ||= body !== attrs.body;
    // A loop of one step has nothing to gain; one of none must not start to compute.
    if (attrs.length < 2) draft.keep(inner);
    else changed = hoistFrom(draft, inner) || changed;
  }
  return changed ? draft.finish(tape.outputs) : tape;
}
