import { ArgumentError, ShapeError, TraceError } from "../errors.js";
import type { TensorMethods } from "../methods.js";
import { allocate, type Dtype, type TypedArray } from "./dtype.js";
import { formatTensor } from "./format.js";
import { eachRun, isContiguous, rowMajor, type Layout } from "./layout.js";
import { checkType, formatShape, sizeOf, type Shape } from "./shape.js";

/** Shape and dtype: all that is known of an abstract tensor, and all that a shape rule sees. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** Elements and where a view finds them. */
export interface Storage extends Layout {
  readonly buffer: TypedArray;
}

/** Whatever an operation takes as a tensor. A number takes the dtype of the tensor beside it. */
export type TensorLike = Tensor | number | boolean;

/** Nested arrays of numbers or booleans, as `toArray` gives and `tensor` takes. */
export type NestedArray = number | boolean | readonly NestedArray[];

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the methods come from the op table
export interface Tensor extends TensorMethods {}

/**
 * An immutable n-dimensional array. *Concrete* tensors hold values; *abstract* ones (inside `scan` bodies and
 * compiled functions) have a shape and a dtype only, and `owner` is the trace that they belong to.
 *
 * Operations never write to a tensor that exists. Views (transpose, slice, broadcastTo …) share its memory.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Tensor implements TensorType {
  readonly shape: Shape;
  readonly dtype: Dtype;
  /** The abstract trace that this tensor belongs to; `undefined` when it holds values. */
  readonly owner: object | undefined;
  /** A name for people, shown by tapes and graphs; see `label`. */
  label: string | undefined = undefined;
  #storage: Storage | undefined;

  /** Use `tensor`, `zeros`, … to create tensors; this constructor is for operations' kernels. */
  constructor(type: TensorType, source: { storage: Storage } | { owner: object }) {
    this.shape = type.shape;
    this.dtype = type.dtype;
    this.owner = "owner" in source ? source.owner : undefined;
    this.#storage = "storage" in source ? source.storage : undefined;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Whether the tensor has a shape but no values. */
  get isAbstract(): boolean {
    return this.owner !== undefined;
  }

  /** The elements' buffer and layout. Throws TraceError for an abstract tensor. */
  get storage(): Storage {
    if (this.#storage === undefined) {
      throw new TraceError(
        `tensor ${describe(this)} is abstract: inside scan or compile only its shape is known, not its values; ` +
          "use where(condition, a, b) instead of if, and return what you want to look at",
      );
    }
    return this.#storage;
  }

  /**
   * The elements in row-major order. **Not a copy** when the tensor is contiguous: do not write to it.
   * Throws TraceError for an abstract tensor.
   */
  get data(): TypedArray {
    const { buffer, strides, offset } = this.storage;
    const { size } = this;
    if (isContiguous(this.shape, strides)) {
      return offset === 0 && buffer.length === size ? buffer : buffer.subarray(offset, offset + size);
    }
    const data = allocate(this.dtype, size);
    eachRun(this.shape, [rowMajor(this.shape), this.storage], (n, [to = 0, from = 0], [, step = 0]) => {
      for (let i = 0; i < n; i++) data[to + i] = buffer[from + i * step] ?? 0;
    });
    // Compact once: later reads of this view find it row-major.
    this.#storage = { buffer: data, ...rowMajor(this.shape) };
    return data;
  }

  /** The elements in row-major order, copied: yours to write to. */
  toTypedArray(): TypedArray {
    return this.data.slice();
  }

  /** The elements as nested arrays (numbers; booleans for dtype bool); a plain value for a scalar. */
  toArray(): NestedArray {
    const { data, shape, dtype } = this;
    let next = 0;
    const build = (axis: number): NestedArray => {
      const n = shape[axis];
      if (n === undefined) {
        const value = data[next++] ?? 0;
        return dtype === "bool" ? value !== 0 : value;
      }
      return Array.from({ length: n }, () => build(axis + 1));
    };
    return build(0);
  }

  /** The only element, as a number. Throws ShapeError unless the tensor has exactly one element. */
  item(): number {
    if (this.size !== 1) throw new ShapeError(`item: got ${describe(this)}, expected exactly one element`);
    return this.data[0] ?? 0;
  }

  /** What `JSON.stringify` writes: the elements as nested arrays. JSON has no NaN and writes null. */
  toJSON(): NestedArray {
    return this.toArray();
  }

  toString(): string {
    return formatTensor(this);
  }

  /** What `console.log` prints in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return formatTensor(this);
  }

  /** `a + b` on tensors is always a mistake: JavaScript has no operator overloading. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return formatTensor(this);
    throw new ArgumentError(
      `got a tensor ${describe(this)} where a number is needed: write add(a, b) or a.add(b) instead of a + b, ` +
        "and t.item() for the number in a one-element tensor",
    );
  }
}

/** `float32 [2, 3]`, with the label if there is one. */
export function describe(t: TensorType & { readonly label?: string | undefined }): string {
  checkType("describe", t);
  const name = t.label === undefined ? "" : `"${t.label}" `;
  return `${name}${t.dtype} ${formatShape(t.shape)}`;
}

export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

/** A tensor over `buffer` in row-major order, without a copy. For kernels: the sizes are trusted. */
export function fromBuffer(type: TensorType, buffer: TypedArray): Tensor {
  return new Tensor(type, { storage: { buffer, ...rowMajor(type.shape) } });
}

/** Another view of the same elements. For kernels: the layout is trusted. */
export function viewOf(t: Tensor, shape: Shape, layout: Layout): Tensor {
  const { buffer } = t.storage;
  return new Tensor(
    { shape, dtype: t.dtype },
    { storage: { buffer, strides: layout.strides, offset: layout.offset } },
  );
}
