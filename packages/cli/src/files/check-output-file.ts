import { dirname } from "node:path";
import { InputError } from "../input-error.js";
import { checkOutputFolder } from "./check-output-folder.js";
import { entryAt } from "./errors.js";

/**
 * Makes sure that a file can be written at `path`, whose folder need not exist yet; changes nothing on the disk. To be
 * called before long work, as {@link checkOutputFolder}.
 *
 * @throws {InputError} when a folder stands there, a part of the path is a file, or the folder may not be written
 */
export function checkOutputFile(path: string): void {
  if (entryAt(path)?.isDirectory() === true) throw new InputError(`${path}: is a folder, expected a file`);
  checkOutputFolder(dirname(path));
}
