import { index, TapeloopError, treeLeaves } from "@tapeloop/core";
import type { Verdict } from "../verdict.js";
import { expectStep } from "./expect-cell.js";
import type { CellPart } from "./parts.js";
import { typesOf, type Point } from "./point.js";
import { freshParams, runScan, type CellLike, type CellStep } from "./structure.js";

/**
 * One step: the state after it must be a tree of the same tensors, and the output float64.
 *
 * @throws ArgumentError for a step that does not return a state and an output
 */
export function keepsState<Params, State>(
  cell: CellLike<Params, State, never>,
  { params, state, xs }: Point<Params, State>,
): CellPart {
  const name = "state keeps its structure";
  const fail = (text: string): CellPart => ({ name, kind: "state", verdict: "fail", error: undefined, text });
  let next: CellStep<State>;
  try {
    next = cell.step(params, state, index(xs, 0));
  } catch (error) {
    if (error instanceof TapeloopError)
      return { ...fail(`the step does not run in float64: ${error.message}`), cause: error };
    throw error;
  }
  expectStep("checkCell", cell.name, next);
  if (next.output.dtype === "float32")
    return fail("the step's output is float32, expected float64 like its inputs: find the cast in the step");
  const before = typesOf(state, "state");
  const after = typesOf(next.state, "state");
  const lost = before.filter((type) => !after.includes(type));
  const gained = after.filter((type) => !before.includes(type));
  if (lost.length + gained.length > 0)
    return fail(`the step turned ${lost.join(", ") || "nothing"} into ${gained.join(", ") || "nothing"}`);
  return { name, kind: "state", verdict: "pass", error: undefined, text: before.join(", ") || "no state" };
}

/** Equal seeds give equal parameters, equal inputs equal results, bit by bit. */
export function repeats<Params, State, Sizes>(
  cell: CellLike<Params, State, Sizes>,
  sizes: Sizes,
  { params, state, xs }: Point<Params, State>,
  seed: number,
): CellPart {
  const part = (verdict: Verdict, text: string): CellPart => ({
    ...{ name: "deterministic", kind: "repeat", error: undefined, verdict, text },
  });
  const bits = (tree: unknown): string =>
    treeLeaves(tree)
      .map(({ path, tensor }) => `${path} ${tensor.data.join(" ")}`)
      .join("\n");
  if (bits(freshParams(cell, sizes, seed)) !== bits(freshParams(cell, sizes, seed)))
    return part("fail", "equal seeds gave different parameters");
  const [once, again] = [0, 1].map(() => {
    const { outputs, state: last } = runScan(cell, params, state, xs);
    return bits([outputs, last]);
  });
  return once === again
    ? part("pass", "equal inputs give equal results")
    : part("fail", "equal inputs gave different results");
}
