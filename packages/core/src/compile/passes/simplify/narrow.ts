import { matmulOp } from "../../../ops/matmul.js";
import { sliceOp } from "../../../ops/slice.js";
import type { Tape, TapeNode } from "../../../tape/tape.js";
import { sizeOf, type Shape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { applies, Draft, isNode } from "../rewrite/draft.js";
import { isElementwise } from "../rewrite/elementwise.js";
import { noteReplaced, placeOf } from "../rewrite/places.js";
import type { SliceAttrs } from "./slices.js";

/** Beyond this many slices of one value, computing it at once is better. */
const MOST_SLICES = 8;

/**
 * Of values that are only read in slices, just those slices are computed, if that leaves out a part: by elementwise
 * operations and products of matrices. (Of dL/d[h; x] an LSTM that does not learn its data needs dL/dh.)
 */
export function narrow(tape: Tape): Tape {
  if (!mayNarrow(tape)) return tape;
  const { demands, live } = demandsOf(tape);
  if (demands.size === 0) return tape;
  const draft = new Draft(tape);
  const pieces = new Map<Tensor, Map<string, Tensor>>();
  const piece = (t: Tensor, slice: SliceAttrs, where: TapeNode["where"]): Tensor => {
    if (isWhole(t, slice)) return draft.of(t);
    const known = pieces.get(t) ?? new Map<string, Tensor>();
    pieces.set(t, known);
    const key = keyOf(slice);
    const found = known.get(key) ?? draft.add(sliceOp, [draft.of(t)], slice, where);
    known.set(key, found);
    return found;
  };
  for (const node of tape.nodes) {
    if (!live.has(node)) continue;
    const [y] = node.outputs;
    const [x] = node.inputs;
    const slices = y && demands.get(y);
    if (y !== undefined && slices !== undefined) {
      const made = new Map<string, Tensor>();
      pieces.set(y, made);
      for (const slice of slices) {
        const operands = node.inputs.map((t, i) => piece(t, operandSlice(node, y, i, slice), node.where));
        const part = draft.add(node.op, operands, node.attrs, placeOf(node));
        made.set(keyOf(slice), part);
        noteReplaced(y, part);
      }
    } else if (y && x && isNode(sliceOp, node) && demands.has(x)) {
      draft.rename(y, piece(x, node.attrs, node.where));
    } else draft.keep(node);
  }
  return draft.finish(tape.outputs);
}

/** Whether there is a slice of something that could be computed in slices. */
function mayNarrow(tape: Tape): boolean {
  return tape.nodes.some((node) => {
    const [x] = node.inputs;
    const made = x !== undefined && applies(sliceOp, node) ? tape.producer(x)?.node : undefined;
    return made !== undefined && (applies(matmulOp, made) || isElementwise(made.op));
  });
}

/** The values to compute in slices, with those slices, and the nodes that someone reads. */
function demandsOf(tape: Tape) {
  const whole = new Set<Tensor>(tape.outputs);
  const asked = new Map<Tensor, Map<string, SliceAttrs>>();
  const ask = (t: Tensor, slice: SliceAttrs): void => {
    if (whole.has(t)) return;
    if (isWhole(t, slice)) {
      whole.add(t);
      return;
    }
    const known = asked.get(t) ?? new Map<string, SliceAttrs>();
    asked.set(t, known);
    known.set(keyOf(slice), slice);
  };
  const demands = new Map<Tensor, readonly SliceAttrs[]>();
  const live = new Set<TapeNode>();
  for (let i = tape.nodes.length - 1; i >= 0; i--) {
    const node = tape.nodes[i];
    const [y] = node?.outputs ?? [];
    if (node === undefined || y === undefined) continue;
    // What nobody reads asks for nothing.
    if (!node.outputs.some((t) => whole.has(t) || asked.has(t))) continue;
    live.add(node);
    const [x] = node.inputs;
    const slices = whole.has(y) ? undefined : [...(asked.get(y)?.values() ?? [])];
    if (slices !== undefined && isWorthIt(node, y, slices)) {
      demands.set(y, slices);
      for (const slice of slices) {
        node.inputs.forEach((t, k) => {
          if (isElementwise(node.op)) ask(t, operandSlice(node, y, k, slice));
          else whole.add(t);
        });
      }
    } else if (x !== undefined && isNode(sliceOp, node)) ask(x, node.attrs);
    else for (const t of node.inputs) whole.add(t);
  }
  return { demands, live };
}

function isWorthIt(node: TapeNode, y: Tensor, slices: readonly SliceAttrs[]): boolean {
  if (slices.length === 0 || slices.length > MOST_SLICES) return false;
  const size = slices.reduce((total, slice) => total + sizeOf(slice.size), 0);
  // What is needed all in all had better be computed at once, and then looked at in slices.
  return size < y.size && (isElementwise(node.op) || applies(matmulOp, node));
}

/** What of operand k a slice of the result y is computed from. */
function operandSlice(node: TapeNode, y: Tensor, k: number, slice: SliceAttrs): SliceAttrs {
  const shape = node.inputs[k]?.shape ?? [];
  const lead = y.rank - shape.length;
  // Of a product's left operand the last axis is summed over, of its right operand the one before.
  const summed = applies(matmulOp, node) ? y.rank - 1 - k : -1;
  const axes = shape.map((n, i) => ({ n, axis: i + lead }));
  const isTaken = ({ n, axis }: { n: number; axis: number }): boolean =>
    axis !== summed && n === y.shape[axis];
  return {
    size: axes.map((at) => (isTaken(at) ? (slice.size[at.axis] ?? 0) : at.n)),
    start: axes.map((at) => (isTaken(at) ? (slice.start[at.axis] ?? 0) : 0)),
    step: axes.map((at) => (isTaken(at) ? (slice.step[at.axis] ?? 1) : 1)),
  };
}

function isWhole({ shape }: { readonly shape: Shape }, { size, start, step }: SliceAttrs): boolean {
  return shape.every((n, i) => size[i] === n && (n === 0 || (start[i] === 0 && step[i] === 1)));
}

function keyOf({ size, start, step }: SliceAttrs): string {
  return `${size.join()};${start.join()};${step.join()}`;
}
