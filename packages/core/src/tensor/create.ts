import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { isNumber, kindOf, optionsOf, shown } from "../expect.js";
import { allocate, checkDtype, dtypeOf, getDefaultDtype, type Dtype, type TypedArray } from "./dtype.js";
import { checkShape, checkType, formatShape, sizeOf, type Shape } from "./shape.js";
import { fromBuffer, Tensor, viewOf, type NestedArray } from "./tensor.js";

/** Options of creation functions. */
export interface CreateOptions {
  /** Element type; by default `float32` for numbers (see `withDefaultDtype`) and `bool` for booleans. */
  readonly dtype?: Dtype;
}

/**
 * A tensor from nested arrays, a number, a boolean or a typed array. **Copies**: the source stays yours.
 *
 * - Nested arrays must be rectangular; ShapeError otherwise. Numbers become the default dtype, booleans `bool`.
 * - A typed array becomes a vector of its own dtype, or `shape` if given.
 * - For `int32` and `bool` every number must be whole, and in range; DtypeError otherwise.
 */
export function tensor(
  values: NestedArray | TypedArray | Tensor,
  options: CreateOptions & { readonly shape?: Shape } = {},
): Tensor {
  const { shape: asked, dtype: type } = optionsOf("tensor", options);
  if (values instanceof Tensor)
    throw new ArgumentError("tensor: got a tensor, expected numbers; use cast to change its dtype");
  if (ArrayBuffer.isView(values)) {
    checkTyped("tensor", values);
    const shape = asked ?? [values.length];
    checkCount("tensor", shape, values.length);
    return fill("tensor", shape, type ?? dtypeOf(values), values);
  }
  const { shape, flat, kind } = flatten(values);
  if (asked !== undefined) checkCount("tensor", asked, flat.length);
  return fill("tensor", asked ?? shape, type ?? (kind === "boolean" ? "bool" : getDefaultDtype()), flat);
}

/**
 * A tensor over a typed array, **without a copy**: the tensor sees the array's memory, so do not write to the
 * array afterwards. Throws ShapeError unless `shape` (default: a vector) has as many elements as the array, and
 * DtypeError for a `Uint8Array` with anything but 0 and 1.
 */
export function fromTypedArray(array: TypedArray, shape?: Shape): Tensor {
  checkTyped("fromTypedArray", array);
  const sizes = [...(shape ?? [array.length])];
  checkCount("fromTypedArray", sizes, array.length);
  // Logical operations work on bits, so a stray 2 would be neither true nor false.
  if (array instanceof Uint8Array) array.forEach((value) => element("fromTypedArray", value, "bool"));
  return fromBuffer({ shape: sizes, dtype: dtypeOf(array) }, array);
}

/** A tensor of `shape` in which every element is `value`. */
export function full(shape: Shape, value: number | boolean, options: CreateOptions = {}): Tensor {
  return filled("full", shape, value, options);
}

function filled(op: string, shape: Shape, value: number | boolean, options: CreateOptions): Tensor {
  checkShape(op, shape);
  const dtype = optionsOf(op, options).dtype ?? (typeof value === "boolean" ? "bool" : getDefaultDtype());
  checkDtype(op, dtype);
  // One number, seen at every index: a gradient that starts from zeros need not have them in memory.
  const data = allocate(dtype, 1);
  data[0] = element(op, value, dtype);
  const one = fromBuffer({ shape: [], dtype }, data);
  return viewOf(one, [...shape], { strides: shape.map(() => 0), offset: 0 });
}

/** Zeros of `shape`. */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

/** Ones of `shape`. */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

/** Zeros with the shape and dtype of `t`, which may be abstract. */
export function zerosLike(t: { readonly shape: Shape; readonly dtype: Dtype }): Tensor {
  const { shape, dtype } = checkType("zerosLike", t);
  return filled("zerosLike", shape, 0, { dtype });
}

/** Ones with the shape and dtype of `t`, which may be abstract. */
export function onesLike(t: { readonly shape: Shape; readonly dtype: Dtype }): Tensor {
  const { shape, dtype } = checkType("onesLike", t);
  return filled("onesLike", shape, 1, { dtype });
}

/** `start, start + step, …` up to but not including `stop`; `arange(n)` counts from 0. */
export function arange(start: number, stop?: number, step = 1, options: CreateOptions = {}): Tensor {
  const from = stop === undefined ? 0 : start;
  const to = stop ?? start;
  if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(step) || step === 0) {
    throw new ArgumentError(
      `arange: got (${shown(from)}, ${shown(to)}, ${shown(step)}), expected finite numbers and a step other than 0`,
    );
  }
  const count = Math.max(0, Math.ceil((to - from) / step));
  checkShape("arange", [count]);
  return fill(
    "arange",
    [count],
    optionsOf("arange", options).dtype ?? getDefaultDtype(),
    Array.from({ length: count }, (_, i) => from + i * step),
  );
}

/** `count` evenly spaced numbers from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count: number, options: CreateOptions = {}): Tensor {
  checkShape("linspace", [count]);
  if (!isNumber(start) || !isNumber(stop))
    throw new ArgumentError(`linspace: got (${shown(start)}, ${shown(stop)}), expected two numbers`);
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  const values = Array.from({ length: count }, (_, i) =>
    i > 0 && i === count - 1 ? stop : start + i * step,
  );
  return fill("linspace", [count], optionsOf("linspace", options).dtype ?? getDefaultDtype(), values);
}

/** The identity matrix [n, n]. */
export function eye(n: number, options: CreateOptions = {}): Tensor {
  checkShape("eye", [n, n]);
  const dtype = optionsOf("eye", options).dtype ?? getDefaultDtype();
  checkDtype("eye", dtype);
  const data = allocate(dtype, n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = 1;
  return fromBuffer({ shape: [n, n], dtype }, data);
}

/** One number as an element of `dtype`. Throws ArgumentError for what is none, DtypeError for what the dtype cannot hold. */
export function element(op: string, value: number | boolean, dtype: Dtype): number {
  if (!isNumber(value) && typeof value !== "boolean")
    throw new ArgumentError(`${op}: got ${shown(value)}, expected a number or a boolean`);
  const number = Number(value);
  if (dtype === "int32" && (number | 0) !== number) {
    throw new DtypeError(`${op}: got ${value}, expected a whole number within ±2³¹ for int32`);
  }
  if (dtype === "bool" && number !== 0 && number !== 1) {
    throw new DtypeError(`${op}: got ${value}, expected true, false, 0 or 1 for bool`);
  }
  return number;
}

function fill(op: string, shape: Shape, dtype: Dtype, values: ArrayLike<number | boolean>): Tensor {
  checkDtype(op, dtype);
  const data = allocate(dtype, values.length);
  const whole = dtype === "int32" || dtype === "bool";
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    data[i] = whole ? element(op, value, dtype) : Number(value);
  }
  return fromBuffer({ shape: [...shape], dtype }, data);
}

function checkCount(op: string, shape: Shape, count: number): void {
  checkShape(op, shape);
  if (sizeOf(shape) !== count) {
    throw new ShapeError(
      `${op}: got ${count} values, expected ${sizeOf(shape)} for shape ${formatShape(shape)}`,
    );
  }
}

function checkTyped(op: string, array: ArrayBufferView): asserts array is TypedArray {
  const known = [Float32Array, Float64Array, Int32Array, Uint8Array].some((type) => array instanceof type);
  if (!known) {
    throw new DtypeError(
      `${op}: got ${ArrayBuffer.isView(array) ? array.constructor.name : kindOf(array)}, expected Float32Array, Float64Array, Int32Array or Uint8Array (bool)`,
    );
  }
}

function flatten(values: NestedArray): { shape: number[]; flat: (number | boolean)[]; kind: string } {
  const shape: number[] = [];
  for (let v: NestedArray | undefined = values; isList(v); v = v[0]) shape.push(v.length);
  checkShape("tensor", shape);
  const flat: (number | boolean)[] = [];
  let kind = "";
  const at: number[] = [];
  const path = (): string => `values${at.map((i) => `[${i}]`).join("")}`;
  const visit = (v: NestedArray | undefined, axis: number): void => {
    if (typeof v === "number" || typeof v === "boolean") {
      if (axis !== shape.length) throw ragged(path(), "a number", `an array of ${shape[axis] ?? 0}`);
      if (kind !== "" && kind !== typeof v) {
        throw new DtypeError(`tensor: got numbers and booleans together, at ${path()}`);
      }
      kind = typeof v;
      flat.push(v);
    } else if (isList(v)) {
      if (axis >= shape.length) throw ragged(path(), `an array of ${v.length}`, "a number");
      if (v.length !== shape[axis]) {
        throw ragged(path(), `an array of ${v.length}`, `an array of ${shape[axis] ?? 0}`);
      }
      for (let i = 0; i < v.length; i++) {
        at.splice(axis, Infinity, i);
        visit(v[i], axis + 1);
      }
      at.length = axis;
    } else {
      throw new ArgumentError(
        `tensor: got ${kindAsText(v)} (${typeof v}) at ${path()}, expected a number or a boolean`,
      );
    }
  };
  visit(values, 0);
  return { shape, flat, kind };
}

function kindAsText(v: unknown): string {
  return typeof v === "symbol" || typeof v === "bigint" ? String(v) : typeof v === "string" ? v : kindOf(v);
}

/** `Array.isArray`, which does not tell TypeScript about readonly arrays. */
function isList(values: NestedArray | undefined): values is readonly NestedArray[] {
  return Array.isArray(values);
}

function ragged(path: string, got: string, expected: string): ShapeError {
  return new ShapeError(
    `tensor: got ${got} at ${path}, expected ${expected}: nested arrays must be rectangular`,
  );
}
