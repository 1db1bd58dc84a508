import { ArgumentError, GradientError } from "../errors.js";
import { checkList, shown } from "../expect.js";
import { checkTape } from "../tape/format.js";
import { add } from "../ops/arithmetic.js";
import { sumTo } from "../ops/reduce.js";
import type { Tape, TapeNode } from "../tape/tape.js";
import { formatWhere, runAt } from "../tape/where.js";
import { isFloat } from "../tensor/dtype.js";
import { formatShape, sameShape } from "../tensor/shape.js";
import { describe, type Tensor } from "../tensor/tensor.js";

/** Which tensors of the tape depend, through float values, on the given ones (themselves included). */
export function dependents(tape: Tape, on: readonly Tensor[]): Set<Tensor> {
  const reached = new Set(on);
  for (const { op, inputs, outputs } of tape.nodes) {
    if (op.stopsGradient === true || !inputs.some((t) => reached.has(t))) continue;
    for (const t of outputs) if (isFloat(t.dtype)) reached.add(t);
  }
  return reached;
}

/**
 * The reverse sweep: walks the tape backwards once and turns cotangents of its results into cotangents of `wrt`.
 * The rules are made of public operations, so what happens here is recorded by every outer tape and can be
 * differentiated again.
 *
 * @param seeds cotangents of tensors on the tape, usually its outputs, each of the tensor's own shape and dtype
 * @param wrt float tensors of the tape
 * @returns one cotangent per tensor of `wrt`; `undefined` where the results do not depend on it
 * @throws GradientError for an operation without a derivative, or a rule that returns a wrong shape
 */
export function backward(
  tape: Tape,
  seeds: ReadonlyMap<Tensor, Tensor>,
  wrt: readonly Tensor[],
): (Tensor | undefined)[] {
  checkSweep("backward", tape, seeds, wrt);
  const active = dependents(tape, wrt);
  const cotangents = new Map<Tensor, Tensor>(seeds);
  const keep = new Set(wrt);
  for (let i = tape.nodes.length - 1; i >= 0; i--) {
    const node = tape.nodes[i];
    if (node === undefined) continue;
    const dys = node.outputs.map((t) => cotangents.get(t));
    if (dys.every((dy) => dy === undefined)) continue;
    // A node's own cotangents are final here; dropping them keeps the sweep's memory at what is still to do.
    for (const t of node.outputs) if (!keep.has(t)) cotangents.delete(t);
    if (node.op.stopsGradient === true) continue;
    const wanted = node.inputs.map((t) => active.has(t) && isFloat(t.dtype));
    if (!wanted.includes(true)) continue;
    runAt({ ...node.where, derivative: { mode: "vjp", of: ofTensor(node) } }, () => {
      const rule = node.op.vjp?.(dys, { ...node, wanted });
      if (rule === undefined) throw missingRule("vjp", node);
      node.inputs.forEach((input, k) => {
        const contribution = wanted[k] === true ? rule[k] : null;
        if (contribution === undefined) throw wrongCount("vjp", node, rule.length);
        if (contribution === null) return;
        accumulate(cotangents, input, fit(node, k, contribution()));
      });
    });
  }
  return wrt.map((t) => cotangents.get(t));
}

/** Adds a cotangent to what a tensor has so far. */
export function accumulate(cotangents: Map<Tensor, Tensor>, t: Tensor, part: Tensor): void {
  const sofar = cotangents.get(t);
  cotangents.set(t, sofar === undefined ? part : add(sofar, part));
}

/** Throws ArgumentError unless a sweep has a tape, seeds by tensor, and a list of tensors. */
export function checkSweep(where: string, tape: unknown, seeds: unknown, tensors: unknown): void {
  checkTape(where, tape);
  if (!(seeds instanceof Map))
    throw new ArgumentError(`${where}: got seeds ${shown(seeds)}, expected a Map from tensors to tensors`);
  checkList(where, "tensors", tensors, "a list of them");
}

/** Un-broadcasts a rule's result to its input; the one place where this is done. */
function fit(node: TapeNode, k: number, part: Tensor): Tensor {
  const input = node.inputs[k];
  if (input === undefined) throw wrongCount("vjp", node, k);
  const lead = part.rank - input.rank;
  const fits =
    part.dtype === input.dtype &&
    lead >= 0 &&
    input.shape.every((n, i) => n === 1 || n === part.shape[i + lead]);
  if (!fits) {
    throw new GradientError(
      `${node.op.name}: its vjp rule returned ${describe(part)} for input ${k}, expected ${describe(input)}`,
    ).locate(formatWhere(node.where));
  }
  return sumTo(part, input.shape);
}

/** Checks a cotangent or tangent given by the caller against the tensor it belongs to. Throws GradientError. */
export function checkSeed(what: string, seed: Tensor, t: Tensor): Tensor {
  if (!sameShape(seed.shape, t.shape) || seed.dtype !== t.dtype) {
    throw new GradientError(`${what}: got ${describe(seed)}, expected ${t.dtype} ${formatShape(t.shape)}`);
  }
  return seed;
}

export function missingRule(mode: "vjp" | "jvp", node: TapeNode): GradientError {
  const kind = mode === "vjp" ? "reverse (vjp)" : "forward (jvp)";
  return new GradientError(
    `${node.op.name}: has no ${kind} derivative; give its record a ${mode} rule, or wrap its input in stopGradient`,
  ).locate(formatWhere(node.where));
}

export function wrongCount(mode: "vjp" | "jvp", node: TapeNode, got: number): GradientError {
  return new GradientError(
    `${node.op.name}: its ${mode} rule returned ${got} closures, expected ${node.inputs.length}, one per input`,
  ).locate(formatWhere(node.where));
}

/** The tensor by which a derivative's nodes refer to the operation they belong to. */
export function ofTensor(node: TapeNode): Tensor {
  const [first] = node.outputs;
  if (first === undefined) throw new GradientError(`${node.op.name}: has no outputs to differentiate`);
  return first;
}
