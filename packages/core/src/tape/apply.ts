import { ArgumentError, DtypeError, EndedTraceError } from "../errors.js";
import { checkType } from "../tensor/shape.js";
import { checkList, kindOf, shown } from "../expect.js";
import { notOperand } from "../tensor/operand.js";
import { element } from "../tensor/create.js";
import { allocate, getDefaultDtype, isFloat, type Dtype } from "../tensor/dtype.js";
import {
  describe,
  fromBuffer,
  isTensor,
  Tensor,
  viewOf,
  type TensorLike,
  type TensorType,
} from "../tensor/tensor.js";
import { execute } from "./execute.js";
import { identityOp } from "./identity.js";
import type { Attributes, Op, TypedOp } from "./op.js";
import { isObserved, report } from "./observe.js";
import { whereWithSource } from "./source.js";
import { recordingTapes, runUnrecorded, type Tape } from "./tape.js";
import { whereNow } from "./where.js";

/** Applies an operation with one output. Numbers among the inputs take the dtype of the tensors beside them. */
export function apply<In extends readonly Tensor[], A extends Attributes>(
  op: TypedOp<In, A>,
  inputs: { readonly [K in keyof In]: TensorLike },
  attrs: A,
): Tensor {
  const [output] = applyAll<A>(op, inputs, attrs);
  if (output === undefined) throw new ArgumentError(`${op.name}: has no output`);
  return output;
}

/**
 * Applies an operation: checks types, computes (or, for abstract inputs, only infers) the outputs, and appends a
 * node to every tape that records. This is the only way in which anything gets onto a tape.
 */
export function applyAll<A extends Attributes>(
  op: Op<A>,
  operands: readonly TensorLike[],
  given: A,
): readonly Tensor[] {
  checkCall(op, operands);
  const tensors = toTensors(op.name, operands);
  const tapes = recordingTapes();
  const depth = ownerDepth(op.name, tensors, tapes);
  const owner = tapes[depth];
  const inputs = owner === undefined ? tensors : tensors.map((t) => standIn(owner, depth, t));
  const attrs = op.saving !== undefined && differentiated(tapes, depth) ? op.saving(given) : given;
  const types = op.infer(inputs, attrs);
  const outputs =
    owner === undefined
      ? distinct(
          inputs,
          runUnrecorded(() => execute(op, inputs, attrs, types)),
        )
      : types.map((type) => new Tensor(type, { owner }));
  const where = whereWithSource();
  if (owner === undefined && isObserved()) report({ op, inputs, outputs, attrs, where });
  for (let i = Math.max(depth, 0); i < tapes.length; i++) {
    const tape = tapes[i];
    if (tape === owner || tape?.isAbstract === false) tape?.push(op, inputs, outputs, attrs, where);
  }
  return outputs;
}

/** A tape tells its values apart by identity: an output that is an input, or another output, becomes a view of it. */
function distinct(inputs: readonly Tensor[], outputs: readonly Tensor[]): readonly Tensor[] {
  const [only] = outputs;
  if (outputs.length === 1 && only !== undefined && !inputs.includes(only)) return outputs;
  const seen = new Set(inputs);
  return outputs.map((t) => {
    if (seen.has(t)) return viewOf(t, t.shape, t.storage);
    seen.add(t);
    return t;
  });
}

/** Throws ArgumentError for what is no operation, or no list of operands. */
function checkCall(op: unknown, operands: unknown): void {
  if (typeof op !== "object" || op === null || !("infer" in op))
    throw new ArgumentError(`apply: got ${kindOf(op)}, expected an operation, as defineOp makes`);
  if (!Array.isArray(operands))
    throw new ArgumentError(`apply: got operands ${shown(operands)}, expected a list`);
}

/** Whether a tape that will see this application records in order to be differentiated. */
function differentiated(tapes: readonly Tape[], depth: number): boolean {
  return tapes.some((tape, i) => i >= depth && tape.differentiates);
}

/** Position among the recording tapes of the innermost abstract tape that owns an input; −1 when all are concrete. */
function ownerDepth(op: string, inputs: readonly Tensor[], tapes: readonly Tape[]): number {
  let depth = -1;
  for (const t of inputs) {
    if (t.owner === undefined) continue;
    const at = tapes.findIndex((tape) => tape === t.owner);
    if (at < 0) {
      throw new EndedTraceError(op, describe(t));
    }
    depth = Math.max(depth, at);
  }
  return depth;
}

/** What stands for `t` on the abstract tape `owner`: itself, a literal, or an input that captures it. */
function standIn(owner: Tape, depth: number, t: Tensor): Tensor {
  if (t.owner === owner || isLiteral(t)) return t;
  const known = owner.captures.get(t);
  if (known !== undefined) return known;
  const inner = new Tensor(t, { owner });
  inner.label = t.label;
  owner.captures.set(t, inner);
  owner.inputs.push(inner);
  // Tapes that record inside the body may already follow `t`; for them the stand-in is a node made from it.
  for (const tape of recordingTapes().slice(depth + 1)) {
    if (!tape.isAbstract) tape.push(identityOp, [t], [inner], {}, whereNow());
  }
  return inner;
}

const literals = new WeakSet<Tensor>();

/** Whether the tensor came from a number in the program text, which bodies hold as constants. */
export function isLiteral(t: Tensor): boolean {
  return literals.has(t);
}

/** A rank-0 tensor for a number in the program. */
export function literal(op: string, value: number | boolean, dtype: Dtype): Tensor {
  const data = allocate(dtype, 1);
  data[0] = element(op, value, dtype);
  const t = fromBuffer({ shape: [], dtype }, data);
  literals.add(t);
  return t;
}

/**
 * Operands as tensors. Numbers are weak: they take the dtype of the other operands (a fraction beside `int32` is an
 * error), and the default dtype when there are none.
 */
export function toTensors(op: string, operands: readonly TensorLike[]): readonly Tensor[] {
  if (operands.every(isTensor)) return operands;
  const beside =
    operands.find((x): x is Tensor => isTensor(x) && x.dtype !== "bool") ?? operands.find(isTensor);
  return operands.map((x: unknown, i) => {
    if (isTensor(x)) return x;
    if (typeof x === "boolean") return literal(op, x, "bool");
    if (typeof x !== "number") throw notOperand(op, x, i);
    return literal(op, x, beside === undefined || beside.dtype === "bool" ? getDefaultDtype() : beside.dtype);
  });
}

/** The one dtype of all inputs. Throws DtypeError when they differ: Tapeloop never converts silently. */
export function commonDtype(op: string, inputs: readonly TensorType[]): Dtype {
  checkList(op, "inputs", inputs, "a list of tensors");
  const [first]: readonly (TensorType | undefined)[] = inputs;
  const dtype = first?.dtype ?? getDefaultDtype();
  if (inputs.some((t: TensorType | undefined) => t?.dtype !== dtype)) {
    for (const t of inputs) checkType(op, t);
    const target = inputs.find((t) => isFloat(t.dtype))?.dtype ?? dtype;
    throw new DtypeError(
      `${op}: got ${inputs.map((t) => describe(t)).join(" and ")}, expected one dtype; cast(x, "${target}") converts`,
    );
  }
  return dtype;
}

/** Throws DtypeError unless every input is float32 or float64, and all alike; returns which. */
export function floatDtype(op: string, inputs: readonly TensorType[]): Dtype {
  const dtype = commonDtype(op, inputs);
  if (!isFloat(dtype)) {
    throw new DtypeError(`${op}: got ${dtype}, expected float32 or float64; cast(x, "float32") converts`);
  }
  return dtype;
}

/** Throws DtypeError if the inputs are bool, or not all alike; returns their dtype. */
export function numericDtype(op: string, inputs: readonly TensorType[]): Dtype {
  const dtype = commonDtype(op, inputs);
  if (dtype === "bool") {
    throw new DtypeError(
      `${op}: got bool, expected numbers; cast(x, "int32") makes 0 and 1 of it, logicalAnd, … combine`,
    );
  }
  return dtype;
}
