import { ArgumentError, DtypeError } from "../errors.js";
import { checkFunction, shown } from "../expect.js";

/** Element type of a tensor. `float32` is the default; `float64` is for gradient checks. */
export type Dtype = "float32" | "float64" | "int32" | "bool";

/** Typed arrays that hold tensor elements; `bool` is held as 0 and 1 in a `Uint8Array`. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

export const dtypes: readonly Dtype[] = ["float32", "float64", "int32", "bool"];

export function isFloat(dtype: Dtype): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** A zero-filled typed array for `size` elements of `dtype`. */
export function allocate(dtype: Dtype, size: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "bool":
      return new Uint8Array(size);
  }
}

/** Throws DtypeError for what is no dtype, which types cannot keep out of plain JavaScript. */
export function checkDtype(op: string, dtype: Dtype): void {
  if (dtypes.includes(dtype)) return;
  throw new DtypeError(`${op}: got dtype ${worded(dtype)}, expected ${dtypes.join(", ")}`);
}

/** Dtypes are written without quotes, as everywhere in messages. */
function worded(dtype: unknown): string {
  return typeof dtype === "string" ? dtype : shown(dtype);
}

/** The dtype whose elements a typed array holds (`Uint8Array` is `bool`). */
export function dtypeOf(array: TypedArray): Dtype {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  return "bool";
}

let defaultDtype: "float32" | "float64" = "float32";

/** The dtype that creation functions use for numbers when none is named. */
export function getDefaultDtype(): "float32" | "float64" {
  return defaultDtype;
}

/**
 * Runs `fn` with another default float dtype, so that code which says `zeros([n])` runs in float64 unchanged.
 * Gradient checks use it to lift a whole model to float64.
 */
export function withDefaultDtype<T>(dtype: "float32" | "float64", fn: () => T): T {
  if (!isFloat(dtype)) {
    throw new DtypeError(`withDefaultDtype: got ${worded(dtype)}, expected float32 or float64`);
  }
  checkFunction("withDefaultDtype", fn);
  const previous = defaultDtype;
  defaultDtype = dtype;
  try {
    const result = fn();
    if (result instanceof Promise) {
      throw new ArgumentError(
        "withDefaultDtype: fn returned a promise: the default is reset before it settles",
      );
    }
    return result;
  } finally {
    defaultDtype = previous;
  }
}
