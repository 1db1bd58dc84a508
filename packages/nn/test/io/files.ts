import { readFileSync } from "node:fs";

/** A file with the given header text and data, of which nothing is checked. */
export function file(header: string | Uint8Array, data: readonly number[] = []): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** The header's text of a file. */
export function headerOf(bytes: Uint8Array): string {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
}

/** The file that write_fixture.py wrote with Python's own package. */
export function pythonFile(): Uint8Array {
  return new Uint8Array(readFileSync(new URL("python.safetensors", import.meta.url)));
}
