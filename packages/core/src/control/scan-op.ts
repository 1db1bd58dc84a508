import { GradientError, ShapeError } from "../errors.js";
import { applyAll } from "../tape/apply.js";
import type { Application, Op } from "../tape/op.js";
import { trace } from "../tape/record.js";
import type { Tape, TapeNode } from "../tape/tape.js";
import { zerosLike } from "../tensor/create.js";
import { allocate } from "../tensor/dtype.js";
import { checkShape, sizeOf } from "../tensor/shape.js";
import { fromBuffer, viewOf, type Tensor, type TensorType } from "../tensor/tensor.js";
import { checkBodyInputs, runBody, tapeOf } from "./body.js";
import { linearize, type ResidualKey } from "./linearize.js";
import { tangentScan } from "./scan-forward.js";
import { reverseScan } from "./scan-reverse.js";

/**
 * Settings of a `scan` node. Its inputs, and the body's, are [carry…, xs…, captured…]; the body returns
 * [next carry…, y…] and the node [last carry…, ys…], where xs and ys have a leading axis of `length`.
 */
export interface ScanAttrs {
  readonly body: Tape;
  /** How many of the inputs are carried from step to step. */
  readonly carry: number;
  /** How many of the inputs are sliced along their first axis. */
  readonly xs: number;
  readonly length: number;
  readonly reverse: boolean;
  /** Names of the carried tensors, for readers and graphs. */
  readonly names: readonly string[];
  /** Set when the last outputs are residuals kept for the reverse sweep. */
  readonly saved?: Saved;
}

/** Which outputs of a scan its reverse sweep reads. */
interface Saved {
  /** The first output that the body itself did not return. */
  readonly first: number;
  /** The output that holds each residual. */
  readonly outputs: ReadonlyMap<ResidualKey, number>;
  toString(): string;
}

export const scanOp: Op<ScanAttrs> = {
  name: "scan",
  infer(inputs, { body, carry, xs, length }) {
    checkBodyInputs("scan", body, inputs, (i) => i >= carry && i < carry + xs, length);
    return body.outputs.map((t, i) => {
      if (i < carry) return typeOf(t);
      const shape = [length, ...t.shape];
      checkShape("scan (stacked outputs)", shape);
      return { shape, dtype: t.dtype };
    });
  },
  forward: runScan,
  saving,
  vjp(cotangents, node) {
    let found: readonly Tensor[] | undefined;
    const all = (): readonly Tensor[] => (found ??= reverseScan(cotangents, node));
    return node.inputs.map((x, i) => (node.wanted[i] === true ? () => all()[i] ?? zerosLike(x) : null));
  },
  jvp: { kind: "all", rule: tangentScan },
};

/** Whether a node of a tape is a scan. */
export function isScan(node: TapeNode): node is TapeNode & { readonly attrs: ScanAttrs } {
  return node.op.forward === scanOp.forward;
}

/** A node of a scan, as derivative rules see it. */
export type ScanNode = Application<ScanAttrs>;

/** The loop that also returns the values its reverse sweep will read. */
function saving(attrs: ScanAttrs): ScanAttrs {
  const { body, carry, xs } = attrs;
  const all = { given: body.outputs.map(() => true), wanted: body.inputs.map(() => true) };
  try {
    const { forward, residuals } = linearize(body, carry, carry + xs, all);
    const first = body.outputs.length;
    const extra: Tensor[] = [];
    const outputs = new Map(
      residuals.map(({ key, tensor }) => {
        // A residual that the body returns per step anyway is not stacked twice.
        const returned = forward.outputs.slice(0, first).indexOf(tensor, carry);
        return [key, returned >= 0 ? returned : first + extra.push(tensor) - 1] as const;
      }),
    );
    const saved = { first, outputs, toString: () => `${outputs.size} values per step` };
    return {
      ...attrs,
      body: tapeOf(forward.inputs, forward.nodes, [...forward.outputs.slice(0, first), ...extra]),
      saved,
    };
  } catch (error) {
    // Some part has no derivative. Whether that part is needed is for the reverse sweep to find out.
    if (error instanceof GradientError) return attrs;
    throw error;
  }
}

function typeOf({ shape, dtype }: TensorType): TensorType {
  return { shape, dtype };
}

/** The reference loop: the body's kernels once per step. */
function runScan(
  inputs: readonly Tensor[],
  { body, carry, xs, length, reverse }: ScanAttrs,
  types: readonly TensorType[],
): Tensor[] {
  let state = inputs.slice(0, carry);
  const data = inputs.slice(carry, carry + xs);
  const captured = inputs.slice(carry + xs);
  const stacked = types
    .slice(carry)
    .map((type) => ({ type, buffer: allocate(type.dtype, sizeOf(type.shape)) }));
  for (let k = 0; k < length; k++) {
    const t = reverse ? length - 1 - k : k;
    const results = runBody(body, [...state, ...data.map((x) => rowOf(x, t)), ...captured], t);
    state = results.slice(0, carry);
    stacked.forEach(({ buffer }, i) => {
      const y = results[carry + i];
      if (y !== undefined) buffer.set(y.data, t * y.size);
    });
  }
  return [...state, ...stacked.map(({ type, buffer }) => fromBuffer(type, buffer))];
}

/** Step t of stacked data, as a view. */
function rowOf(x: Tensor, t: number): Tensor {
  const { strides, offset } = x.storage;
  return viewOf(x, x.shape.slice(1), { strides: strides.slice(1), offset: offset + t * (strides[0] ?? 0) });
}

/** Traces a step over flat lists of tensors and applies the loop. Outer tensors that the step uses are captured. */
export function scanFlat(
  step: (carry: readonly Tensor[], xs: readonly Tensor[]) => readonly Tensor[],
  carry: readonly Tensor[],
  xs: readonly Tensor[],
  settings: { readonly length: number; readonly reverse: boolean; readonly names: readonly string[] },
): readonly Tensor[] {
  const rows = xs.map((x) => ({ shape: x.shape.slice(1), dtype: x.dtype, label: x.label }));
  const states = carry.map((t, i) => ({
    shape: t.shape,
    dtype: t.dtype,
    label: settings.names[i] ?? t.label,
  }));
  const body = trace(
    (inputs) => step(inputs.slice(0, carry.length), inputs.slice(carry.length)),
    [...states, ...rows],
  );
  carry.forEach((t, i) => {
    const next = body.outputs[i];
    if (next?.dtype !== t.dtype || next.shape.join() !== t.shape.join()) {
      throw new ShapeError(
        `scan: the derivative of a step changed the type of its carry ${settings.names[i] ?? i}`,
      );
    }
  });
  return applyAll(scanOp, [...carry, ...xs, ...body.captures.keys()], {
    body,
    carry: carry.length,
    xs: xs.length,
    ...settings,
  });
}
