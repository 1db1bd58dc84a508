import type { Attributes, Op } from "../tape/op.js";
import type { Where } from "../tape/where.js";
import type { Dtype } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import type { TensorType } from "../tensor/tensor.js";
import type { BlasProduct } from "./blas.js";

/*
 * What a tape is lowered to: steps that read and write views of buffers. Sizes are known, addresses not yet.
 */

/** A loop over time. */
export interface Loop {
  readonly length: number;
  /** Whether time runs from the last step to the first. */
  readonly reverse: boolean;
}

/** A stretch of memory for `elements` of a dtype. */
export interface Buffer {
  readonly dtype: Dtype;
  readonly elements: number;
  /** What people may call it. */
  readonly name: string;
  /** Memory that keeps its contents from call to call: constants, and what `run` is given. */
  readonly lasting: boolean;
  /** Set when the buffer is a window of another one: the row of a stack, the next value of a carry. */
  within?: View;
  /** In bytes; set by the memory plan. */
  address?: number;
}

/** Where the elements of a tensor are: element (i, j, …) at `offset + i·strides[0] + …`, moved on by loops. */
export interface View {
  readonly buffer: Buffer;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** Elements to move per unit of each loop's time. */
  readonly moves: readonly Move[];
}

/** How a view moves with a loop. */
export interface Move {
  readonly loop: Loop;
  readonly stride: number;
  /** Moves to and fro between two places instead: at `stride` in every other run, counted from `phase`. */
  readonly phase?: 0 | 1;
}

/** A number that stands for all elements of a tensor. */
export interface Literal {
  readonly value: number;
  readonly dtype: Dtype;
}

/** A tensor of which all elements are one number. */
export interface Uniform extends Literal {
  readonly shape: Shape;
}

/** What an elementwise operation reads: the result of an earlier one in its kernel, memory, or a number. */
export type Operand =
  | { readonly kind: "member"; readonly member: number }
  | { readonly kind: "view"; readonly view: View }
  | { readonly kind: "literal"; readonly literal: Literal };

/** One elementwise operation of a fused kernel. */
export interface Member {
  readonly op: string;
  readonly attrs: Attributes;
  readonly dtype: Dtype;
  readonly operands: readonly Operand[];
  /** The dtype of each operand. */
  readonly dtypes: readonly Dtype[];
  readonly where: Where | undefined;
}

/** What becomes of a member's elements: they are kept, or folded over axes of the kernel's shape. */
export interface Store {
  readonly member: number;
  readonly to: View;
}
export interface Fold {
  readonly kind: "sum" | "prod" | "max" | "min" | "any" | "all";
  readonly operand: Operand;
  readonly dtype: Dtype;
  readonly axes: readonly number[];
  /** Of the kernel's shape, with stride 0 on the axes that are folded. */
  readonly to: View;
}

/** Elementwise operations and folds over one shape, done in one pass over memory. */
export interface Fused {
  readonly kind: "fused";
  readonly shape: Shape;
  readonly members: Member[];
  readonly stores: Store[];
  readonly folds: Fold[];
  readonly after: Set<Step>;
}

/** Matrix products c = a·b (+ initial), one per index of the leading axes. */
export interface Product {
  readonly kind: "product";
  readonly a: View;
  readonly b: View;
  readonly c: View;
  initial?: View;
  /** Where b lies packed, once a Pack step has done so. */
  packed?: View;
  /** Set when a library outside of WebAssembly makes the product: how it is asked to. */
  native?: BlasProduct;
  /** The rows and columns of the product of which this is a part; see `GemmSpec`. */
  readonly whole?: { readonly m: number; readonly n: number };
  readonly where: Where | undefined;
  readonly after: Set<Step>;
}

/** Brings the right operand of a product into the order in which the product reads it. */
export interface Pack {
  readonly kind: "pack";
  readonly product: Product;
  readonly b: View;
  readonly to: View;
  readonly after: Set<Step>;
}

/** One operation by itself. */
export interface Call {
  readonly op: Op;
  readonly attrs: Attributes;
  readonly inputs: readonly (View | Uniform)[];
  readonly types: readonly TensorType[];
  readonly outputs: readonly View[];
  readonly where: Where;
  readonly after: Set<Step>;
}

/** An operation that has no machine code: its reference kernel is called. */
export interface Host extends Call {
  readonly kind: "host";
}

/**
 * An operation with a function of its own, which reads and writes in row-major order. Where it cannot go on (an index
 * that is out of range), the reference kernel is called, and throws.
 */
export interface Single extends Call {
  readonly kind: "single";
  readonly inputs: readonly View[];
}

/** Steps that are repeated. */
export interface Repeat {
  readonly kind: "repeat";
  readonly loop: Loop;
  steps: readonly Step[];
  readonly after: Set<Step>;
}

export type Step = Fused | Product | Pack | Host | Single | Repeat;

/** A step that does some work. */
export type Kernel = Exclude<Step, Repeat>;

/** A whole program: inputs are written before a call, constants once. */
export interface Program {
  readonly steps: readonly Step[];
  readonly inputs: readonly Buffer[];
  readonly constants: readonly { readonly buffer: Buffer; readonly data: ArrayLike<number> }[];
  readonly outputs: readonly (View | Literal)[];
}

/** The kernels of a program in order, and how often each runs in one call. */
export function kernelsOf({
  steps,
}: Pick<Program, "steps">): { readonly step: Kernel; readonly runs: number }[] {
  const found: { step: Kernel; runs: number }[] = [];
  const walk = (list: readonly Step[], runs: number): void => {
    for (const step of list) {
      if (step.kind === "repeat") walk(step.steps, runs * step.loop.length);
      else found.push({ step, runs });
    }
  };
  walk(steps, 1);
  return found;
}

/** How many bytes an element takes. */
export const elementBytes: Readonly<Record<Dtype, number>> = { float32: 4, float64: 8, int32: 4, bool: 1 };

/** The buffer in which a view really lies, and where. */
export function resolve(view: View): View {
  let { buffer, offset, moves } = view;
  for (let { within } = buffer; within !== undefined; { within } = buffer) {
    offset += within.offset;
    moves = [...moves, ...within.moves];
    buffer = within.buffer;
  }
  return { ...view, buffer, offset, moves };
}
