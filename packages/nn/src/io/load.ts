import {
  ArgumentError,
  TapeloopError,
  fromTypedArray,
  kindOf,
  type Dtype,
  type Tensor,
  type TypedArray,
} from "@tapeloop/core";
import { SafetensorsError } from "./errors.js";
import { readHeader, type Entry } from "./header.js";
import { toFileOrder } from "./format.js";

/** What a safetensors file holds. */
export interface Safetensors {
  /** The tensors by name, in the order of their data. A map, so that no name can touch an object's prototype. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The text kept beside them; empty when the file has none. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file. The tensors are copies: the bytes stay yours. Every statement of the file is checked
 * before it is believed, so bytes from anywhere can do no more than raise the one error.
 *
 * @throws SafetensorsError for anything but a whole, valid file whose tensors are F32, F64, I32 or BOOL
 */
export function loadSafetensors(bytes: Uint8Array): Safetensors {
  if (!(bytes instanceof Uint8Array))
    throw new ArgumentError(`loadSafetensors: got ${kindOf(bytes)}, expected the file's bytes, a Uint8Array`);
  const { entries, metadata, data } = readHeader(bytes);
  return { tensors: new Map(entries.map((entry) => [entry.name, readTensor(entry, data)])), metadata };
}

function readTensor({ name, stored, shape, begin, end }: Entry, data: Uint8Array): Tensor {
  // A copy, also when the bytes are a Buffer of Node, of which `slice` would be a view.
  const elements = new Uint8Array(data.subarray(begin, end));
  toFileOrder(elements, stored.bytes);
  if (stored.dtype === "bool" && elements.some((byte) => byte > 1)) {
    throw new SafetensorsError(`safetensors: "${name}": got a BOOL byte above 1, expected 0 or 1`);
  }
  try {
    return fromTypedArray(typedArray(stored.dtype, elements), shape);
  } catch (error) {
    // Shapes that the format allows and tensors do not: more than 8 axes.
    if (error instanceof TapeloopError)
      throw new SafetensorsError(`safetensors: "${name}": ${error.message}`);
    throw error;
  }
}

/** The bytes (a buffer of their own, from its start) as elements. */
function typedArray(dtype: Dtype, { buffer }: Uint8Array<ArrayBuffer>): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "bool":
      return new Uint8Array(buffer);
  }
}
