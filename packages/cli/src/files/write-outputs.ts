import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, realpathSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../input-error.js";
import { entryAt, nearestExisting, rejectOtherThanFile, writeError } from "./errors.js";
import { withSignalsHeld } from "./signals.js";

/** A file to write: complete contents, so that nothing is left to go wrong but the writing. */
export interface OutputFile {
  readonly path: string;
  /** Text is written as UTF-8. */
  readonly contents: string | Uint8Array;
}

/** A file on its way: written in full beside its target, under another name. */
interface Staged {
  readonly path: string;
  readonly target: string;
  readonly temporary: string;
  /** A copy of what stood at the target, if anything did. */
  readonly backup: string | undefined;
}

/**
 * Writes several files, all or none: each is written beside its target first, then all are renamed. Folders
 * are made as needed, and files of the same name replaced. On an error, what was there before is there again
 * and nothing else. Ctrl-C waits for the few milliseconds this takes; a power cut between two renames can
 * still leave some files new and some old, though never half a file.
 *
 * @throws {InputError} naming the file that could not be written, and why
 */
export async function writeOutputs(files: readonly OutputFile[]): Promise<void> {
  rejectDuplicates(files);
  await withSignalsHeld(() => writeAll(files));
}

function writeAll(files: readonly OutputFile[]): void {
  const folders: string[] = [];
  const staged: Staged[] = [];
  try {
    for (const file of files) {
      attempt(file.path, () => {
        const folder = dirname(file.path);
        folders.push(...missingFolders(folder));
        mkdirSync(folder, { recursive: true });
        stage(file, staged);
      });
    }
    commit(staged);
  } catch (error) {
    discard(staged);
    for (const folder of folders.reverse()) ignoreErrors(() => rmdirSync(folder));
    throw error;
  }
  discard(staged);
}

function stage({ path, contents }: OutputFile, staged: Staged[]): void {
  const existing = entryAt(path);
  rejectOtherThanFile(path, existing);
  const target = existing === undefined ? resolve(path) : realpathSync(path);
  const beside = (suffix: string) => join(dirname(target), `.${basename(target)}.${randomUUID()}.${suffix}`);
  const backup = existing === undefined ? undefined : beside("old");
  const file: Staged = { path, target, temporary: beside("new"), backup };
  staged.push(file);
  writeFileSync(file.temporary, contents, { flag: "wx", flush: true });
  if (backup !== undefined) copyFileSync(target, backup);
}

function commit(staged: readonly Staged[]): void {
  const done: Staged[] = [];
  try {
    for (const file of staged) {
      attempt(file.path, () => renameSync(file.temporary, file.target));
      done.push(file);
    }
  } catch (error) {
    for (const { target, backup } of done.reverse()) {
      ignoreErrors(() => (backup === undefined ? rmSync(target) : renameSync(backup, target)));
    }
    throw error;
  }
}

function discard(staged: readonly Staged[]): void {
  for (const { temporary, backup } of staged) {
    ignoreErrors(() => rmSync(temporary, { force: true }));
    if (backup !== undefined) ignoreErrors(() => rmSync(backup, { force: true }));
  }
}

/** The folders that have to be made before `folder` is there, outermost first. */
function missingFolders(folder: string): readonly string[] {
  const existing = nearestExisting(folder);
  const missing: string[] = [];
  for (let path = resolve(folder); path !== existing; path = dirname(path)) missing.unshift(path);
  return missing;
}

function rejectDuplicates(files: readonly OutputFile[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(resolve(path)))
      throw new InputError(`${path}: two outputs would be written to this one file`);
    seen.add(resolve(path));
  }
}

function attempt(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw writeError(path, error);
  }
}

/** For cleaning up after an error, where the first error is the one to report. */
function ignoreErrors(action: () => void): void {
  try {
    action();
  } catch {
    // Nothing better can be done than to go on with the rest.
  }
}
