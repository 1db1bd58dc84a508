import { SafetensorsError } from "./errors.js";
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA_KEY, storedDtypes, type StoredDtype } from "./format.js";
import { parseHeaderJson, type HeaderValue } from "./json.js";

/** A tensor as the header describes it: the elements are bytes `begin` up to `end` of the data. */
export interface Entry {
  readonly name: string;
  readonly stored: StoredDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A file whose header has been checked against the format and against its own length. */
export interface Header {
  /** In the order of their data, which they cover without holes or overlaps. */
  readonly entries: readonly Entry[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
}

/**
 * Reads and checks everything but the elements. The format: 8 bytes with the header's length (little-endian), the
 * header (JSON in UTF-8, from `{` on, possibly padded with spaces), then the data to the end of the file.
 * Source: the format's description at https://github.com/huggingface/safetensors#format
 *
 * @throws SafetensorsError
 */
export function readHeader(bytes: Uint8Array): Header {
  const header = parseHeaderJson(headerText(bytes));
  if (!isMap(header)) throw new SafetensorsError("safetensors: header: expected an object");
  const data = bytes.subarray(LENGTH_BYTES + headerLength(bytes));
  const entries = [...header]
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => readEntry(name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, data.length);
  return { entries, metadata: readMetadata(header.get(METADATA_KEY)), data };
}

function headerLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new SafetensorsError(`safetensors: got ${bytes.length} bytes, expected at least ${LENGTH_BYTES}`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new SafetensorsError(
      `safetensors: got a header of ${length.toString()} bytes, expected at most 100 MB`,
    );
  }
  if (Number(length) > bytes.length - LENGTH_BYTES) {
    throw new SafetensorsError(
      `safetensors: got ${bytes.length - LENGTH_BYTES} bytes after the length, expected a header of ${length.toString()}`,
    );
  }
  return Number(length);
}

function headerText(bytes: Uint8Array): string {
  const header = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerLength(bytes));
  if (header[0] !== 0x7b) throw new SafetensorsError('safetensors: header: expected "{" as its first byte');
  let end = header.length;
  while (header[end - 1] === 0x20) end--;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header.subarray(0, end));
  } catch {
    throw new SafetensorsError("safetensors: header: got bytes that are not UTF-8");
  }
}

function readMetadata(value: HeaderValue | undefined): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!isMap(value)) throw new SafetensorsError(`safetensors: ${METADATA_KEY}: expected an object of texts`);
  for (const [key, text] of value) {
    if (typeof text !== "string") {
      throw new SafetensorsError(`safetensors: ${METADATA_KEY}: "${key}" is not a text`);
    }
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: HeaderValue): Entry {
  const fail = (text: string): SafetensorsError => new SafetensorsError(`safetensors: "${name}": ${text}`);
  const expected = "expected dtype, shape and data_offsets";
  if (!isMap(value)) throw fail(expected);
  const other = [...value.keys()].find((key) => !["dtype", "shape", "data_offsets"].includes(key));
  if (other !== undefined) throw fail(`got "${other}", ${expected} only`);
  const dtype = value.get("dtype");
  const stored = storedDtypes.find((known) => known.name === dtype);
  if (stored === undefined) {
    const names = storedDtypes.map((known) => known.name).join(", ");
    throw fail(`got dtype ${typeof dtype === "string" ? dtype : "without a name"}, expected one of ${names}`);
  }
  const shape = value.get("shape");
  if (!isNumbers(shape)) throw fail("expected shape as an array of whole numbers");
  const offsets = value.get("data_offsets");
  const [begin, end, ...rest] = isNumbers(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || rest.length > 0) {
    throw fail("expected data_offsets as two whole numbers");
  }
  let size = stored.bytes;
  for (const n of shape) {
    size *= n;
    if (!Number.isSafeInteger(size))
      throw fail(`shape [${shape.join(", ")}] has more elements than can be counted`);
  }
  if (end - begin !== size) {
    throw fail(
      `data_offsets ${begin} … ${end} span ${end - begin} bytes, expected ${size} for [${shape.join(", ")}]`,
    );
  }
  return { name, stored, shape, begin, end };
}

/** The data must be covered once and completely: no byte unnamed, none named twice, none beyond the end. */
function checkCover(entries: readonly Entry[], length: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const kind = begin < covered ? "an overlap" : "a hole";
      throw new SafetensorsError(
        `safetensors: "${name}" begins at byte ${begin}, expected ${covered}: ${kind}`,
      );
    }
    covered = end;
  }
  if (covered !== length) {
    throw new SafetensorsError(
      `safetensors: got ${length} bytes of data, expected ${covered} from the header`,
    );
  }
}

function isMap(value: HeaderValue | undefined): value is ReadonlyMap<string, HeaderValue> {
  return value instanceof Map;
}

function isNumbers(value: HeaderValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}
