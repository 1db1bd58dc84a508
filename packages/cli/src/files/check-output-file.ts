import { dirname } from "node:path";
import { checkOutputFolder } from "./check-output-folder.js";
import { entryAt, rejectOtherThanFile } from "./errors.js";

/**
 * Makes sure that a file can be written at `path`, whose folder need not exist yet; changes nothing on the disk. To be
 * called before long work, as {@link checkOutputFolder}.
 *
 * @throws {InputError} when a folder or a device stands there, a part of the path is a file, or the folder may not be written
 */
export function checkOutputFile(path: string): void {
  rejectOtherThanFile(path, entryAt(path));
  checkOutputFolder(dirname(path));
}
