import { mergeAxes } from "../../tensor/layout.js";
import type { Dtype } from "../../tensor/dtype.js";
import { sizeOf } from "../../tensor/shape.js";
import type { Buffer, Fold, Fused, Literal, Member, Operand, View } from "../ir.js";
import type { LaneCount } from "./lanes.js";

/** A place in memory that a kernel walks: one parameter of its function. */
export interface Pointer {
  readonly view: View;
  readonly dtype: Dtype;
  /** Elements to move along each merged axis. */
  readonly strides: readonly number[];
}

/** What an operation of the kernel reads. */
export type PlannedOperand =
  | { readonly kind: "member"; readonly member: number }
  | { readonly kind: "pointer"; readonly pointer: number }
  | { readonly kind: "literal"; readonly literal: Literal };

export interface PlannedMember extends Omit<Member, "operands"> {
  readonly operands: readonly PlannedOperand[];
}

export interface PlannedFold {
  readonly kind: Fold["kind"];
  readonly dtype: Dtype;
  readonly operand: PlannedOperand;
  readonly pointer: number;
  /** The first axis from which on all are folded; their number if the last one is not. */
  readonly suffix: number;
  /** Whether axes before those are folded as well, so that the result is gathered in memory. */
  readonly gathers: boolean;
  /** Elements of the result. */
  readonly results: number;
  /** The dtype in which they are kept: float64 for float32 sums that are gathered in memory. */
  readonly to: Dtype;
  /** Whether float32 elements are gathered in float64. */
  readonly isWide: boolean;
}

/** A kernel as a nest of loops over merged axes; pointers stand for memory, so equal plans are equal code. */
export interface FusedPlan {
  readonly sizes: readonly number[];
  readonly lanes: LaneCount;
  readonly isEmpty: boolean;
  readonly pointers: readonly Pointer[];
  readonly members: readonly (PlannedMember | undefined)[];
  readonly stores: readonly { readonly member: number; readonly pointer: number }[];
  readonly folds: readonly PlannedFold[];
}

/** Plans the loops of a fused kernel; operations whose results nobody reads are left out. */
export function planFused(fused: Fused): FusedPlan {
  const needed = neededMembers(fused);
  const pointers = new PointerList();
  const planned = (operand: Operand): PlannedOperand =>
    operand.kind === "view" ? { kind: "pointer", pointer: pointers.add(operand.view) } : operand;
  const members = fused.members.map((member, i) =>
    needed.has(i) ? { ...member, operands: member.operands.map(planned) } : undefined,
  );
  const stores = fused.stores.map(({ member, to }) => ({ member, pointer: pointers.add(to) }));
  const folded = fused.folds.map((fold) => ({
    ...fold,
    operand: planned(fold.operand),
    pointer: pointers.add(fold.to),
  }));
  const merged = mergeAxes(
    fused.shape,
    pointers.views.map(({ strides }) => ({ strides, offset: 0 })),
  );
  const sizes = merged.sizes.length === 0 ? [1] : merged.sizes;
  const walked = pointers.views.map((view, i) => {
    const strides = merged.strides[i] ?? [];
    return { view, dtype: view.buffer.dtype, strides: sizes.map((_, axis) => strides[axis] ?? 0) };
  });
  const isRead = new Set(
    [...members.flatMap((member) => member?.operands ?? []), ...folded.map(({ operand }) => operand)].flatMap(
      (operand) => (operand.kind === "pointer" ? [operand.pointer] : []),
    ),
  );
  const dtypes = [
    ...walked.filter((_, i) => isRead.has(i)).map(({ dtype }) => dtype),
    ...members.flatMap((member) => (member === undefined ? [] : [member.dtype, ...member.dtypes])),
  ];
  return {
    sizes,
    lanes: dtypes.includes("float64") ? 2 : 4,
    isEmpty: sizeOf(fused.shape) === 0,
    pointers: walked,
    members,
    stores,
    folds: folded.map(({ kind, dtype, operand, pointer, axes }) => {
      const strides = walked[pointer]?.strides ?? [];
      const kept = strides.findLastIndex((stride, axis) => stride !== 0 && sizes[axis] !== 1);
      const to = walked[pointer]?.dtype ?? dtype;
      const isSum = dtype === "float32" && (kind === "sum" || kind === "prod");
      const isWide = isSum && (to === "float64" || kept + 1 < sizes.length);
      const results = sizeOf(fused.shape.filter((_, axis) => !axes.includes(axis)));
      const gathers = strides.some((stride, axis) => axis < kept && stride === 0);
      return {
        kind,
        dtype,
        operand,
        pointer,
        suffix: kept + 1,
        gathers: gathers || endsKept(kept, sizes),
        results,
        to,
        isWide,
      };
    }),
  };
}

/** Whether the last axis is kept: then results are gathered in memory too, a vector of them at a time. */
function endsKept(kept: number, sizes: readonly number[]): boolean {
  return kept === sizes.length - 1;
}

function neededMembers({ members, stores, folds }: Fused): Set<number> {
  const needed = new Set(stores.map(({ member }) => member));
  for (const { operand } of folds) if (operand.kind === "member") needed.add(operand.member);
  for (let i = members.length - 1; i >= 0; i--) {
    if (!needed.has(i)) continue;
    for (const operand of members[i]?.operands ?? [])
      if (operand.kind === "member") needed.add(operand.member);
  }
  return needed;
}

/** Views by what they show: the same place twice is one pointer. */
class PointerList {
  readonly views: View[] = [];
  readonly #known = new Map<Buffer, { view: View; index: number }[]>();

  add(view: View): number {
    const beside = this.#known.get(view.buffer) ?? [];
    const found = beside.find(({ view: other }) => samePlace(other, view));
    if (found !== undefined) return found.index;
    const index = this.views.push(view) - 1;
    this.#known.set(view.buffer, [...beside, { view, index }]);
    return index;
  }
}

function samePlace(a: View, b: View): boolean {
  return (
    a.offset === b.offset &&
    a.strides.join() === b.strides.join() &&
    a.moves.length === b.moves.length &&
    a.moves.every(
      ({ loop, stride, phase }, i) =>
        loop === b.moves[i]?.loop && stride === b.moves[i].stride && phase === b.moves[i].phase,
    )
  );
}
