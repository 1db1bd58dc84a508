import {
  ArgumentError,
  ShapeError,
  TapeloopError,
  describe,
  formatShape,
  formatWhere,
  isTape,
  kindOf,
  optionsOf,
  sameShape,
  type Tape,
  type TapeNode,
  type Tensor,
} from "@tapeloop/core";
import { bodyRunner } from "./bodies.js";
import { kernels as ownKernels, type DDKernels } from "./kernels.js";
import { piecesOf } from "./pieces.js";
import type { Signature } from "./signature.js";
import { isDD, toDD, upper, type DDCall, type DDValue } from "./tensor.js";

/** A tape in double-double. */
export interface DDProgram {
  readonly tape: Tape;
  /**
   * The outputs (`tape.outputs`) at other values of the inputs (`tape.inputs`), of the same shapes; nothing is
   * recorded. A signature, if given, is told the pieces that kinked operations take.
   *
   * @throws ShapeError or DtypeError for inputs of other shapes or dtypes
   */
  run(inputs: readonly DDValue[], signature?: Signature): DDValue[];
}

/** Settings of {@link ddProgram}. */
export interface DDOptions {
  /** Kernels of your own operations, by name; they come before the library's. */
  readonly kernels?: DDKernels;
}

/** Runs a list of nodes; `time` is the step of the loop around it. */
export type Runner = (
  inputs: readonly DDValue[],
  signature: Signature | undefined,
  time: number | undefined,
) => DDValue[];

/**
 * Prepares a tape (of `record`, `trace`, or the body of a loop) to be replayed in double-double arithmetic: 106 bits
 * instead of 53. It runs the forward computation that the tape shows, and shares no derivative rule with it; a tape
 * of a reverse sweep is replayed like any other. Constants are taken exactly as they are.
 *
 * Values are dropped when no later node reads them.
 *
 * @throws ArgumentError for an operation with float64 operands that has no kernel in double-double
 */
export function ddProgram(tape: Tape, options: DDOptions = {}): DDProgram {
  if (!isTape(tape)) throw new ArgumentError(`ddProgram: got ${kindOf(tape)}, expected a tape`);
  const { kernels } = optionsOf("ddProgram", options);
  const runner = prepare(tape, { ...ownKernels, ...kernels });
  return {
    tape,
    run(inputs, signature) {
      checkInputs(tape, inputs);
      return runner(inputs, signature, undefined);
    },
  };
}

function checkInputs(tape: Tape, inputs: readonly DDValue[]): void {
  if (inputs.length !== tape.inputs.length) {
    throw new ArgumentError(
      `ddProgram: got ${inputs.length} inputs, expected ${tape.inputs.length} as on the tape`,
    );
  }
  tape.inputs.forEach((t, i) => {
    const value = inputs[i];
    const dtype = isDD(value) ? "float64" : value?.dtype;
    const shape = value?.shape ?? [];
    if (dtype === t.dtype && sameShape(shape, t.shape)) return;
    throw new ShapeError(
      `ddProgram: got ${dtype ?? "nothing"} ${formatShape(shape)} as input ${i}, expected ${describe(t)}`,
    );
  });
}

/** One node, with the places of its values. */
interface Step {
  readonly node: TapeNode;
  readonly run: Runner;
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Places that nothing reads after this step. */
  readonly free: readonly number[];
}

/** Resolves a tape to places in an array and every node to what runs it. */
export function prepare(tape: Tape, kernels: DDKernels): Runner {
  const places = new Map<Tensor, number>();
  const place = (t: Tensor): number => {
    const known = places.get(t) ?? places.size;
    places.set(t, known);
    return known;
  };
  tape.inputs.forEach(place);
  const constants = tape.constants.map((t) => [place(t), toDD(t)] as const);
  const resolved = tape.nodes.map((node) => ({
    node,
    run: nodeRunner(node, kernels),
    from: node.inputs.map(place),
    to: node.outputs.map(place),
  }));
  const outputs = tape.outputs.map(place);
  const steps = withFree(resolved, new Set([...outputs, ...constants.map(([at]) => at)]));
  return (inputs, signature, time) => {
    const values = new Array<DDValue | undefined>(places.size).fill(undefined);
    inputs.forEach((value, i) => (values[i] = value));
    for (const [at, value] of constants) values[at] = value;
    for (const { node, run, from, to, free } of steps) {
      const operands = from.map((at) => filled(values[at]));
      const results = located(node, time, () => run(operands, signature, time));
      to.forEach((at, i) => (values[at] = results[i]));
      for (const at of free) values[at] = undefined;
    }
    return outputs.map((at) => filled(values[at]));
  };
}

function withFree(steps: readonly Omit<Step, "free">[], kept: ReadonlySet<number>): Step[] {
  const lastUse = new Map<number, number>();
  steps.forEach(({ from, to }, i) => [...from, ...to].forEach((at) => lastUse.set(at, i)));
  const free = steps.map((): number[] => []);
  for (const [at, i] of lastUse) if (!kept.has(at)) free[i]?.push(at);
  return steps.map((step, i) => ({ ...step, free: free[i] ?? [] }));
}

function filled(value: DDValue | undefined): DDValue {
  if (value === undefined)
    throw new ArgumentError("ddProgram: a value of the tape was read before it was computed");
  return value;
}

/** Errors name the scope of the node and the time step. */
function located<R>({ where }: TapeNode, time: number | undefined, fn: () => R): R {
  try {
    return fn();
  } catch (error) {
    const step = time ?? where.step;
    throw error instanceof TapeloopError ? error.locate(formatWhere({ ...where, step })) : error;
  }
}

/** What runs a node: its body, its kernel in double-double or, where no float64 is concerned, its own kernel. */
function nodeRunner(node: TapeNode, kernels: DDKernels): Runner {
  const { op, attrs, outputs: types, where } = node;
  const call: DDCall = { op, attrs, types };
  const body = bodyRunner(node, (tape) => prepare(tape, kernels));
  if (body !== undefined) return body;
  const kernel = kernels[op.name];
  if (!node.inputs.some((t) => t.dtype === "float64")) {
    return (inputs) => op.forward(inputs.map(upper), attrs, types).map(toDD);
  }
  if (kernel !== undefined)
    return (inputs, signature, time) => {
      const at = time === undefined ? where : { ...where, step: time };
      signature?.add(op.name, at, types[0]?.shape ?? [], piecesOf(inputs, call));
      return [...kernel(inputs, call)];
    };
  throw new ArgumentError(
    `ddProgram: the operation ${op.name} has no kernel in double-double; give it one with ` +
      `ddProgram(tape, { kernels: { ${op.name}: (inputs, call) => … } }), or compose it of the library's operations`,
  ).locate(formatWhere(node.where));
}
