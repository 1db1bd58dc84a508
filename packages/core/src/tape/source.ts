import { checkFunction } from "../expect.js";
import { whereNow, type SourceLine, type Where } from "./where.js";

/** Frames to look through for one that is not the library's own. */
const DEPTH = 30;

let enabled = false;

/**
 * Runs `fn`; operations that it applies know the line of the program that asked for them (`node.where.source`), for
 * tools that lead from a picture back to the code. The operations of a derivative sweep name the line of the
 * operation that they differentiate.
 *
 * A line is the innermost one outside of this library's folder. Each costs some ten microseconds, which is why nobody
 * looks unless asked. Where the library is bundled with the program into one file there is no line to find.
 *
 * @throws ArgumentError unless `fn` is a function
 */
export function withSources<R>(fn: () => R): R {
  checkFunction("withSources", fn);
  const previous = enabled;
  enabled = true;
  try {
    return fn();
  } finally {
    enabled = previous;
  }
}

/** The current place, with the line of the program where lines are asked for. */
export function whereWithSource(): Where {
  const where = whereNow();
  if (!enabled || where.source !== undefined) return where;
  const source = sourceLine(stackNow(), (own ??= ownFolder()));
  return source === undefined ? where : { ...where, source };
}

function stackNow(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  try {
    return new Error().stack ?? "";
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Found when first needed: in some bundles a module has no address. */
let own: string | undefined;

/** Folder of this library: `src/` of the sources, or that around `dist/`; without an address, everything. */
function ownFolder(): string {
  try {
    return pathOf(new URL("..", import.meta.url).href);
  } catch {
    return "";
  }
}

/** `at f (file:///a/b.ts:3:5)`, `at /a/b.ts:3:5`, and `f@https://a/b.js:3:5` of other engines. */
const frame = /(?:^|[\s(@])((?:[a-z][\w+.-]*:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+):(\d+)\)?$/;

/** The innermost line of a stack that lies outside of the folder `library`. */
export function sourceLine(stack: string, library: string): SourceLine | undefined {
  for (const text of stack.split("\n")) {
    const [, address = "", line, column] = frame.exec(text.trimEnd()) ?? [];
    const file = pathOf(address);
    if (file === "" || file.startsWith(library) || file.startsWith("node:")) continue;
    return { file, line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** The path that a `file:` address names; other text as it is. */
function pathOf(address: string): string {
  if (!address.startsWith("file://")) return address;
  const path = new URL(address).pathname;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
