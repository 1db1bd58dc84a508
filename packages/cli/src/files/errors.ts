import { statSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError, systemCode } from "../input-error.js";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENAMETOOLONG: "the name is too long",
  EBUSY: "the file is in use",
  EISDIR: "is a folder, expected a file",
  ENOTDIR: "a part of the path is a file, expected a folder",
};

/** A failure to write `path` as one line for the user. */
export function writeError(path: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  const reason = REASONS[systemCode(error) ?? ""] ?? (error instanceof Error ? error.message : String(error));
  return new InputError(`${path}: cannot be written: ${reason}`, { cause: error });
}

/**
 * The nearest folder on the way to `folder` that exists already (perhaps `folder` itself).
 *
 * @throws {InputError} when something on the way is a file
 */
export function nearestExisting(folder: string): string {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const found = entryAt(path);
    if (found?.isDirectory() === true || path === dirname(path)) return path;
    if (found !== undefined) throw new InputError(`${path}: is a file, expected a folder`);
  }
}

/** What stands at a path; nothing when there is none, also where a part of the path is a file. */
export function entryAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}

/**
 * Makes sure that what stands at a path, if anything does, is a file that another can replace.
 *
 * @throws {InputError} when it is a folder, a device, a pipe or a socket
 */
export function rejectOtherThanFile(path: string, existing: Stats | undefined): void {
  if (existing === undefined || existing.isFile()) return;
  if (existing.isDirectory()) throw new InputError(`${path}: is a folder, expected a file`);
  throw new InputError(`${path}: is a device or a pipe, expected a file; with > it can be written to`);
}
