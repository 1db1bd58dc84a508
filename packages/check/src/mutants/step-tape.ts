import {
  applyAll,
  isFloat,
  scope,
  type Tape,
  type TapeNode,
  type Tensor,
  trace,
  treeLeaves,
  treeTensors,
  treeUnflatten,
} from "@tapeloop/core";
import type { CellStep } from "../cell/structure.js";
import type { CellInputs } from "./cell.js";

/** Computes a node of the step on the given inputs, or something else in its place. */
export type Rewrite = (node: TapeNode, inputs: readonly Tensor[]) => readonly Tensor[];

/** One step of a cell as a tape, which can be run with some of its nodes changed. */
export interface StepTape<P, S> {
  readonly tape: Tape;
  /** Values on the tape that depend on the parameters. */
  readonly ofParams: ReadonlySet<Tensor>;
  /** Those that depend on the state. */
  readonly ofState: ReadonlySet<Tensor>;
  /** Those that depend on the state or on the data, so that they are others at every time step. */
  readonly ofTime: ReadonlySet<Tensor>;
  run(rewrite: Rewrite, params: P, state: S, x: Tensor): CellStep<S>;
}

/** Computes a node as it is. */
export function unchanged({ op, attrs, where }: TapeNode, inputs: readonly Tensor[]): readonly Tensor[] {
  const compute = (): readonly Tensor[] => applyAll(op, inputs, attrs);
  return where.scope === "" ? compute() : scope(where.scope, compute);
}

/** Traces one step on the shapes of the inputs. Throws TraceError for a step that looks at values. */
export function traceStep<P, S>(
  step: (params: P, state: S, x: Tensor) => CellStep<S>,
  [params, state, xs]: CellInputs<P, S>,
): StepTape<P, S> {
  const [given, before] = [typesOf(params), typesOf(state)];
  const x = { shape: xs.shape.slice(1), dtype: xs.dtype, label: "x" };
  const count = given.length + before.length + 1;
  const tape = trace(
    (inputs) => {
      const ownParams = treeUnflatten(params, inputs.slice(0, given.length));
      const ownState = treeUnflatten(state, inputs.slice(given.length, count - 1));
      const next = inputs.slice(count - 1).map((ownX) => step(ownParams, ownState, ownX));
      return next.flatMap(({ state: after, output }) => [...treeTensors(after), output]);
    },
    [...given, ...before, x],
  );
  const own = tape.inputs.slice(0, count);
  return {
    tape,
    ofParams: dependents(tape, own.slice(0, given.length)),
    ofState: dependents(tape, own.slice(given.length, count - 1)),
    ofTime: dependents(tape, own.slice(given.length)),
    run(rewrite, ...args) {
      const values = new Map<Tensor, Tensor>();
      for (const [outer, inner] of tape.captures) values.set(inner, outer);
      treeTensors(args).forEach((t, i) => {
        const stand = own[i];
        if (stand !== undefined) values.set(stand, t);
      });
      const valueOf = (t: Tensor): Tensor => values.get(t) ?? t;
      for (const node of tape.nodes) {
        const results = rewrite(node, node.inputs.map(valueOf));
        node.outputs.forEach((t, i) => values.set(t, results[i] ?? t));
      }
      const results = tape.outputs.map(valueOf);
      return {
        state: treeUnflatten(args[1], results.slice(0, -1)),
        output: results.at(-1) ?? args[2],
      };
    },
  };
}

/** Types of the tensors of a tree, labelled with their paths. */
function typesOf(tree: unknown) {
  return treeLeaves(tree).map(({ path, tensor: { shape, dtype } }) => ({ shape, dtype, label: path }));
}

/** Float values that depend on the given ones, these included. */
export function dependents({ nodes }: Tape, on: readonly Tensor[]): Set<Tensor> {
  const reached = new Set(on);
  for (const { op, inputs, outputs } of nodes) {
    if (op.stopsGradient === true || !inputs.some((t) => reached.has(t))) continue;
    for (const t of outputs) if (isFloat(t.dtype)) reached.add(t);
  }
  return reached;
}

/** `sigmoid in forget`, for people: the outermost scope is that of the cell itself. */
export function nameOfNode({ op, where }: TapeNode): string {
  const part = where.scope.split("/").slice(1).join("/");
  return part === "" ? op.name : `${op.name} in ${part}`;
}
