import {
  i32,
  type FunctionBuilder,
  type FunctionRef,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { elementBytes } from "../ir.js";
import { writeElementwise } from "./elementwise.js";
import { beginFold, clearFold, endFold, foldInto, type RunningFold } from "./fold.js";
import type { FusedPlan, PlannedOperand } from "./fused-plan.js";
import { literalVector, loadApart, loadLanes, loadSplat, storeLanes } from "./lanes.js";

type Vector = Local<"v128">;

/** Defines the function of a fused kernel. Its parameters are the addresses of the plan's pointers. */
export function defineFused(module: ModuleBuilder, plan: FusedPlan, title: string): FunctionRef {
  return module.func(
    title,
    plan.pointers.map(() => "i32"),
    (f) => new FusedWriter(f, plan).write(),
  );
}

class FusedWriter {
  readonly #f: FunctionBuilder;
  readonly #plan: FusedPlan;
  readonly #pointers: readonly Local<"i32">[];
  /** Elements that stay the same along the last axis. */
  readonly #splats = new Map<number, Vector>();
  readonly #folds = new Map<number, RunningFold>();

  constructor(f: FunctionBuilder, plan: FusedPlan) {
    this.#f = f;
    this.#plan = plan;
    this.#pointers = plan.pointers.map((_, i) => f.param(i, "i32"));
  }

  write(): void {
    this.#plan.folds.forEach((fold) => {
      if (fold.gathers || this.#plan.isEmpty) clearFold(this.#f, fold, this.#pointer(fold.pointer));
    });
    if (!this.#plan.isEmpty) this.#axis(0);
  }

  /** The loop over an axis and those within. Afterwards each pointer has moved by the whole axis. */
  #axis(axis: number): void {
    const { sizes, folds } = this.#plan;
    folds.forEach((fold, i) => {
      if (fold.suffix === axis) this.#folds.set(i, beginFold(this.#f, fold));
    });
    if (axis === sizes.length - 1) this.#last(axis);
    else this.#outer(axis);
    folds.forEach((fold, i) => {
      const running = this.#folds.get(i);
      if (fold.suffix === axis && running !== undefined) {
        endFold(this.#f, fold, running, this.#pointer(fold.pointer));
      }
    });
  }

  #outer(axis: number): void {
    const f = this.#f;
    const size = this.#plan.sizes[axis] ?? 1;
    const left = f.keep(i32.const(size));
    f.doWhile(
      () => {
        this.#axis(axis + 1);
        this.#move((strides) => (strides[axis] ?? 0) - this.#moved(strides, axis + 1));
        f.set(left, i32.sub(left, i32.const(1)));
      },
      () => left,
    );
  }

  /** How far the loop over an axis leaves a pointer from where it was. */
  #moved(strides: readonly number[], axis: number): number {
    const size = this.#plan.sizes[axis] ?? 1;
    const whole = axis === this.#plan.sizes.length - 1 ? size - (size % this.#plan.lanes) : size;
    return whole * (strides[axis] ?? 0);
  }

  #last(axis: number): void {
    const f = this.#f;
    const { sizes, lanes, pointers } = this.#plan;
    const size = sizes[axis] ?? 1;
    this.#splats.clear();
    const isRead = this.#readPointers();
    pointers.forEach(({ dtype, strides }, i) => {
      if (strides[axis] !== 0 || !isRead.has(i)) return;
      this.#splats.set(i, f.keep(loadSplat(f, dtype, { base: this.#pointer(i) })));
    });
    const vectors = Math.floor(size / lanes);
    const step = (): void => {
      this.#elements(axis, lanes);
      this.#move((strides) => lanes * (strides[axis] ?? 0));
    };
    if (vectors === 1) step();
    else if (vectors > 1) {
      const left = f.keep(i32.const(vectors));
      f.doWhile(
        () => {
          step();
          f.set(left, i32.sub(left, i32.const(1)));
        },
        () => left,
      );
    }
    if (size % lanes > 0) this.#elements(axis, size % lanes);
  }

  /** All operations, on `count` elements. */
  #elements(axis: number, count: number): void {
    const f = this.#f;
    const { members, stores, folds, lanes, pointers } = this.#plan;
    const loaded = new Map<number, Vector>();
    const results: (Vector | undefined)[] = [];
    const read = (operand: PlannedOperand): Vector => {
      if (operand.kind === "literal") {
        return f.constant(literalVector(operand.literal.value, operand.literal.dtype));
      }
      if (operand.kind === "member") {
        const result = results[operand.member];
        if (result === undefined) throw new RangeError("compile: an operation is read before it is written");
        return result;
      }
      const known = this.#splats.get(operand.pointer) ?? loaded.get(operand.pointer);
      if (known !== undefined) return known;
      const vector = this.#load(operand.pointer, axis, count);
      loaded.set(operand.pointer, vector);
      return vector;
    };
    members.forEach((member, i) => {
      if (member === undefined) return;
      const operands = member.operands.map(read);
      results[i] = f.keep(writeElementwise(member.op, { ...member, f, operands }));
    });
    for (const { member, pointer } of stores) {
      const value = results[member];
      const to = pointers[pointer];
      if (value === undefined || to === undefined) continue;
      storeLanes(f, to.dtype, lanes, this.#pointer(pointer), value, count, to.strides[axis] ?? 0);
    }
    folds.forEach((fold, i) => {
      foldInto(f, fold, this.#folds.get(i), this.#pointer(fold.pointer), read(fold.operand), lanes, count);
    });
  }

  #load(pointer: number, axis: number, count: number): Vector {
    const f = this.#f;
    const { lanes } = this.#plan;
    const { dtype = "float32", strides = [] } = this.#plan.pointers[pointer] ?? {};
    const stride = strides[axis] ?? 0;
    const base = this.#pointer(pointer);
    return f.keep(
      stride === 1 ? loadLanes(f, dtype, lanes, { base }) : loadApart(f, dtype, base, stride, count),
    );
  }

  #move(by: (strides: readonly number[]) => number): void {
    this.#plan.pointers.forEach(({ dtype, strides }, i) => {
      const bytes = by(strides) * elementBytes[dtype];
      const pointer = this.#pointer(i);
      if (bytes !== 0) this.#f.set(pointer, i32.add(pointer, i32.const(bytes)));
    });
  }

  #pointer(index: number): Local<"i32"> {
    const pointer = this.#pointers[index];
    if (pointer === undefined) throw new RangeError(`compile: the kernel has no pointer ${index}`);
    return pointer;
  }

  #readPointers(): Set<number> {
    const { members, folds } = this.#plan;
    const operands = [
      ...members.flatMap((member) => member?.operands ?? []),
      ...folds.map(({ operand }) => operand),
    ];
    return new Set(operands.flatMap((o) => (o.kind === "pointer" ? [o.pointer] : [])));
  }
}
