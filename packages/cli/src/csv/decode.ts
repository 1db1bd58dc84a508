import { readFile } from "node:fs/promises";
import { InputError, systemCode } from "../input-error.js";

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "is a folder, not a file",
  EACCES: "cannot be read: permission denied",
  EPERM: "cannot be read: permission denied",
};

/**
 * The text of a CSV file, without its byte order mark.
 *
 * @throws {InputError} when the file cannot be read, is empty, or is not UTF-8 text
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const known = READ_FAILURES[systemCode(error) ?? ""];
    const reason = known ?? `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new InputError(`${path}: ${reason}`, { cause: error });
  });
  const text = decode(bytes, path);
  if (text.trim() === "") throw new InputError(`${path}: the file is empty`);
  return text;
}

function decode(bytes: Uint8Array, path: string): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new InputError(`${path}: is UTF-16 text; save it as CSV in UTF-8`);
  }
  if (first === 0x50 && second === 0x4b) {
    throw new InputError(`${path}: is a zip archive or an Excel workbook; export the sheet as CSV`);
  }
  if (first === 0x1f && second === 0x8b) {
    throw new InputError(`${path}: is compressed with gzip; unpack it first`);
  }
  if (bytes.includes(0)) throw new InputError(`${path}: is a binary file, not CSV text`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${path}: is not UTF-8 text; save it as CSV in UTF-8`, { cause: error });
  }
}
