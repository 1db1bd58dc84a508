import { accessSync, constants } from "node:fs";
import { nearestExisting, writeError } from "./errors.js";

/**
 * Makes sure that files can be written into `folder`, which need not exist yet; changes nothing on the disk.
 * To be called before long work, so that a mistaken folder is found before the work and not after it.
 *
 * @throws {InputError} when a part of the path is a file, or the folder may not be written or created
 */
export function checkOutputFolder(folder: string): void {
  try {
    accessSync(nearestExisting(folder), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw writeError(folder, error);
  }
}
