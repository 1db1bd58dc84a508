import { TraceError } from "../errors.js";
import { checkType } from "../tensor/shape.js";
import { checkFunction, checkList } from "../expect.js";
import { checkTape } from "./format.js";
import { mapTensors } from "../tensor/tree.js";
import { Tensor, isTensor, type TensorType } from "../tensor/tensor.js";
import { apply, applyAll } from "./apply.js";
import { identityOp } from "./identity.js";
import { runRecording, Tape, type TapeNode, type Origin } from "./tape.js";
import { runAt, whereNow } from "./where.js";

/** What {@link record} returns: the function's result and the tape of how it came about. */
export interface Recording<R> {
  readonly outputs: R;
  readonly tape: Tape;
}

/**
 * Calls `fn(...args)` and records every operation on a tape. The tensors inside the arguments (trees of tensors;
 * anything else passes through) become the tape's inputs, labelled by their path unless they have a label.
 *
 * @throws TraceError when `fn` is asynchronous.
 */
export function record<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  ...args: Args
): Recording<R> {
  checkFunction("record", fn);
  const { outputs, tape } = recordOn(new Tape(), fn, args);
  return { outputs, tape };
}

/** As {@link record}, on a given tape. `watch(i)` says whether the tensors of argument i become inputs. */
export function recordOn<Args extends readonly unknown[], R>(
  tape: Tape,
  fn: (...args: Args) => R,
  args: Args,
  watch: (index: number) => boolean = () => true,
): Recording<R> & { readonly args: Args } {
  // A fresh tensor per argument keeps nested tapes apart: this tape follows it, others see an identity.
  const own = mapTensors(args, (t, path) => {
    const origin = originOf(path);
    if (!watch(origin.argument)) return t;
    const input = apply(identityOp, [t], {});
    const label = t.label ?? (origin.path === "" ? undefined : origin.path);
    input.label = label;
    tape.inputs.push(input);
    tape.origins.set(input, origin);
    return input;
  });
  const outputs = runRecording(tape, () => fn(...own));
  tape.outputs = tensorsWithin(outputs);
  return { outputs, tape, args: own };
}

/** Where a tensor is, given its path in the list of all arguments: `[1].cell.wf`. */
export function originOf(path: string): Origin {
  const [, index, rest = ""] = /^\[(\d+)\]\.?(.*)$/s.exec(path) ?? [];
  return { argument: Number(index), path: rest };
}

/** The tensors anywhere inside a function's result; other values are left alone. */
export function tensorsWithin(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapTensors(value, (t) => {
    found.push(t);
    return t;
  });
  return found;
}

/**
 * Runs `fn` once on abstract tensors of the given types and returns its tape. Outer tensors that it uses become
 * further inputs (`tape.captures`), so the tape is closed. The body of a `scan` is made this way.
 */
export function trace(
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  types: readonly (TensorType & { readonly label?: string | undefined })[],
): Tape {
  checkFunction("trace", fn);
  checkList("trace", "types", types, "a list of { shape, dtype }");
  types.forEach((type) => checkType("trace", type));
  const tape = new Tape({ isAbstract: true });
  const inputs = types.map((type) => {
    const input = new Tensor({ shape: type.shape, dtype: type.dtype }, { owner: tape });
    input.label = type.label;
    return input;
  });
  tape.inputs.push(...inputs);
  // A result that the body did not compute (a constant, an outer tensor) gets a node, so it belongs to the tape.
  tape.outputs = runRecording(tape, () =>
    resultsOf(fn(inputs)).map((t) => (isTensor(t) && t.owner === tape ? t : adopt(tape, t))),
  );
  return tape;
}

function resultsOf(results: readonly Tensor[]): readonly Tensor[] {
  checkList("trace", "as the result", results, "a list of tensors");
  return results;
}

function adopt(tape: Tape, t: Tensor): Tensor {
  if (!isTensor(t)) throw new TraceError(`trace: got ${typeof t} as a result, expected a tensor`);
  const known = tape.captures.get(t);
  if (known !== undefined) return known;
  const inner = new Tensor(t, { owner: tape });
  tape.captures.set(t, inner);
  tape.inputs.push(inner);
  return inner;
}

/**
 * Runs the nodes again on other tensors: `values` maps the tape's tensors to theirs, and gains those of the nodes.
 * `origin` renames the operations that derivative nodes say they belong to.
 */
export function replayNodes(
  nodes: readonly TapeNode[],
  values: Map<Tensor, Tensor>,
  origin: (t: Tensor) => Tensor = (t) => t,
): void {
  const here = whereNow();
  for (const { op, inputs, outputs, attrs, where } of nodes) {
    const scope = joinScopes(here.scope, where.scope);
    const { derivative } = where;
    const of = derivative === undefined ? here.derivative : { ...derivative, of: origin(derivative.of) };
    const loop =
      where.step === undefined ? here : { ...where, loopScope: joinScopes(here.scope, where.loopScope) };
    const { step, loopScope } = loop;
    const results = runAt(
      { scope, step, loopScope, derivative: of, source: where.source ?? here.source },
      () =>
        applyAll(
          op,
          inputs.map((t) => values.get(t) ?? t),
          attrs,
        ),
    );
    results.forEach((result, i) => {
      const original = outputs[i];
      if (original === undefined) return;
      result.label ??= original.label;
      values.set(original, result);
    });
  }
}

/** Runs a whole tape on other inputs (all of `tape.inputs`, captures included) and returns its outputs. */
export function replay(tape: Tape, inputs: readonly Tensor[]): Tensor[] {
  checkTape("replay", tape);
  checkList("replay", "inputs", inputs, "a list of tensors");
  const values = new Map<Tensor, Tensor>();
  tape.inputs.forEach((input, i) => {
    const value = inputs[i];
    if (value === undefined)
      throw new TraceError(`replay: got ${inputs.length} inputs, expected ${tape.inputs.length}`);
    values.set(input, value);
  });
  replayNodes(tape.nodes, values);
  return tape.outputs.map((t) => values.get(t) ?? t);
}

/** A body's scopes already start with the scope it was traced in; do not repeat that part. */
function joinScopes(outer: string, inner: string): string {
  if (inner === "" || outer === "") return outer + inner;
  return inner === outer || inner.startsWith(`${outer}/`) ? inner : `${outer}/${inner}`;
}
