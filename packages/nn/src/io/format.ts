import type { Dtype } from "@tapeloop/core";

/** One dtype as safetensors names it, and its size in bytes. */
export interface StoredDtype {
  readonly name: string;
  readonly dtype: Dtype;
  readonly bytes: number;
}

/** The dtypes that both sides know, widest first: the order in which tensors are stored, so that all lie aligned. */
export const storedDtypes: readonly StoredDtype[] = [
  { name: "F64", dtype: "float64", bytes: 8 },
  { name: "F32", dtype: "float32", bytes: 4 },
  { name: "I32", dtype: "int32", bytes: 4 },
  { name: "BOOL", dtype: "bool", bytes: 1 },
];

/** Bytes before the header: its length, an unsigned 64-bit number. */
export const LENGTH_BYTES = 8;
/** The longest header that a reader takes (100 MB), as in the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;
/** The key under which a header holds its text-to-text map. */
export const METADATA_KEY = "__metadata__";

const platformIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Turns elements between this machine's byte order and that of the file (little-endian), in place. */
export function toFileOrder(
  elements: Uint8Array,
  itemBytes: number,
  isLittleEndian = platformIsLittleEndian,
): void {
  if (isLittleEndian || itemBytes === 1) return;
  for (let i = 0; i < elements.length; i += itemBytes) elements.subarray(i, i + itemBytes).reverse();
}
