import { statSync } from "node:fs";
import { TapeloopError } from "@tapeloop/core";
import type { Cell } from "@tapeloop/nn";
import { InputError, quote } from "../input-error.js";
import { bundleModule, type Bundle, type Position } from "./bundle.js";
import { shareOwnModules } from "./own-modules.js";

/** A cell from a file of the user's. */
export interface LoadedCell {
  readonly cell: Cell;
  /** Turns an error that the cell's code has caused into one line with the place in the file. */
  readonly explain: (error: unknown) => unknown;
}

/**
 * Loads a cell from a TypeScript or JavaScript file: the export of the given name, or the default export, or the
 * only export that is a cell. The file runs as a module in this process; nothing is written to the disk.
 *
 * @throws {InputError} naming the file, and the line where there is one: a file that is missing, does not compile,
 *   fails as it runs, or exports no cell
 */
export async function loadCell(path: string, exportName?: string): Promise<LoadedCell> {
  checkFile(path);
  const bundle = await bundleModule(path);
  shareOwnModules();
  // The frame of the user's code may lie below many of ours.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, STACK_FRAMES);
  const address = `data:text/javascript;base64,${Buffer.from(bundle.code).toString("base64")}`;
  const explain = (error: unknown): unknown => explained(error, path, placeOf(error, address, bundle));
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = { ...(await importModule(address)) };
  } catch (error) {
    throw explain(error);
  }
  return { cell: chooseExport(exports, path, exportName), explain };
}

const STACK_FRAMES = 100;

function checkFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new InputError(`${path}: no such file`);
  if (!found.isFile()) throw new InputError(`${path}: is a folder, expected a TypeScript or JavaScript file`);
}

/** Runs the module. What it prints goes to stderr: stdout is for the graph or the report, and may be piped. */
async function importModule(address: string): Promise<object> {
  const { log, info } = console;
  console.log = console.info = console.error;
  try {
    const module: unknown = await import(address);
    return typeof module === "object" && module !== null ? module : {};
  } finally {
    console.log = log;
    console.info = info;
  }
}

/** The innermost place in the user's files that a stack mentions. */
function placeOf(error: unknown, address: string, bundle: Bundle): Position | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  for (const part of error.stack.split(address).slice(1)) {
    const [, line, column] = /^:(\d+):(\d+)/.exec(part) ?? [];
    const found = line === undefined ? undefined : bundle.position(Number(line), Number(column));
    if (found !== undefined) return found;
  }
  return undefined;
}

function explained(error: unknown, path: string, place: Position | undefined): unknown {
  if (error instanceof InputError) return error;
  // An error of our own without a place in the file is about how the cell fits, such as its sizes.
  if (place === undefined && !(error instanceof TapeloopError)) return error;
  const at = place === undefined ? path : `${place.file}:${place.line}:${place.column}`;
  const kind = error instanceof Error && !(error instanceof TapeloopError) ? `${error.name}: ` : "";
  const message = error instanceof Error ? error.message : String(error);
  return new InputError(`${at}: ${kind}${message}`, { cause: error });
}

function chooseExport(
  exports: Readonly<Record<string, unknown>>,
  path: string,
  name: string | undefined,
): Cell {
  if (name !== undefined) {
    const chosen = exports[name];
    if (isCell(chosen)) return chosen;
    const got = name in exports ? `${quote(name)} is ${kindOf(chosen)}` : `has no export ${quote(name)}`;
    throw new InputError(`${path}: ${got}, expected a cell; ${listExports(exports)}`);
  }
  if (isCell(exports["default"])) return exports["default"];
  const cells = Object.entries(exports).filter((entry): entry is [string, Cell] => isCell(entry[1]));
  const [only, ...others] = cells;
  if (only === undefined) {
    throw new InputError(
      `${path}: exports no cell, expected one made with defineCell; ${listExports(exports)}`,
    );
  }
  if (others.length > 0) {
    const names = cells.map(([each]) => each).join(", ");
    throw new InputError(`${path}: exports several cells, choose one with --export: ${names}`);
  }
  return only[1];
}

/** Whether a value has the parts of a cell. */
export function isCell(value: unknown): value is Cell {
  if (typeof value !== "object" || value === null) return false;
  const kind = (part: string): string => typeof Reflect.get(value, part);
  return (
    kind("name") === "string" &&
    ["init", "state", "step", "outputSize"].every((part) => kind(part) === "function")
  );
}

function listExports(exports: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(exports).map(([name, value]) => `${name} (${kindOf(value)})`);
  return entries.length === 0 ? "it exports nothing" : `its exports are ${entries.join(", ")}`;
}

function kindOf(value: unknown): string {
  if (isCell(value)) return "a cell";
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
