import { checkObject, type Dtype } from "@tapeloop/core";
import { SafetensorsError } from "./errors.js";
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA_KEY, storedDtypes, toFileOrder } from "./format.js";
import { namedLeaves } from "./names.js";

/**
 * The tensors of a tree as the bytes of a safetensors file, which Python's `safetensors` and many other tools read.
 * A tensor's name is its path in the tree, such as `cell.wf` or `layers.0.w`; {@link loadInto} is the way back.
 *
 * Equal trees give equal bytes, whatever the order of their keys: tensors are stored by dtype, widest first, and
 * then by name, as the reference implementation does.
 *
 * @param metadata text to keep beside the tensors, such as the cell's name and sizes
 * @throws SafetensorsError for names that clash or cannot be stored, and metadata that is not text
 * @throws TraceError for abstract tensors
 */
export function saveSafetensors(tree: unknown, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const stored = namedLeaves(tree)
    .map(({ name, tensor }) => ({ name, tensor, ...storedAs(tensor.dtype) }))
    .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  const members: string[] = metadata === undefined ? [] : [`"${METADATA_KEY}":${metadataJson(metadata)}`];
  let end = 0;
  const offsets = stored.map(({ name, tensor, code, bytes }) => {
    const begin = end;
    end += tensor.size * bytes;
    const entry = { dtype: code, shape: tensor.shape, data_offsets: [begin, end] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    return begin;
  });
  const header = new TextEncoder().encode(`{${members.join(",")}}`);
  // Spaces fill the header up, so that the data begin at a multiple of the widest dtype.
  const headerBytes = Math.ceil(header.length / LENGTH_BYTES) * LENGTH_BYTES;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      `safetensors: the header has ${headerBytes} bytes, expected at most ${MAX_HEADER_BYTES}`,
    );
  }
  const dataStart = LENGTH_BYTES + headerBytes;
  const file = new Uint8Array(dataStart + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(header, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + header.length, dataStart);
  stored.forEach(({ tensor, bytes }, i) => {
    const { data } = tensor;
    const place = file.subarray(dataStart + (offsets[i] ?? 0)).subarray(0, data.byteLength);
    place.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    toFileOrder(place, bytes);
  });
  return file;
}

function storedAs(dtype: Dtype): { order: number; code: string; bytes: number } {
  const order = storedDtypes.findIndex((stored) => stored.dtype === dtype);
  const { name: code = "", bytes = 0 } = storedDtypes[order] ?? {};
  return { order, code, bytes };
}

function metadataJson(metadata: Readonly<Record<string, string>>): string {
  checkObject("saveSafetensors", metadata, "the metadata, expected an object of strings");
  const entries = Object.keys(metadata)
    .sort()
    .map((key) => {
      const value: unknown = metadata[key];
      if (typeof value !== "string" || /\p{Surrogate}/u.test(key + value)) {
        throw new SafetensorsError(
          `safetensors: metadata: got ${typeof value} under "${key}", expected Unicode text`,
        );
      }
      return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    });
  return `{${entries.join(",")}}`;
}
