import { createRequire } from "node:module";

/** What is used of the package koffi: it calls functions of libraries that lie on the machine. */
export interface Ffi {
  /** Throws when there is no such library. */
  load(path: string): Library;
  /** Where the contents of an ArrayBuffer or a typed array are. */
  address(memory: ArrayBufferLike | ArrayBufferView): bigint;
}

/** A library that has been loaded. */
export interface Library {
  /** Throws when the library has no function of that name. */
  func(name: string, result: string, parameters: readonly string[]): Native;
}

/** A function of a library. */
export type Native = (...values: readonly (number | string)[]) => unknown;

/** The package koffi, if it is installed and has a binary for this platform. */
export function findFfi(): Ffi | undefined {
  try {
    const found: unknown = createRequire(import.meta.url)("koffi");
    return isFfi(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isFfi(found: unknown): found is Ffi {
  return (
    typeof found === "object" &&
    found !== null &&
    "load" in found &&
    typeof found.load === "function" &&
    "address" in found &&
    typeof found.address === "function"
  );
}

/** A function of a library, or undefined if it has none of that name. */
export function find(
  library: Library,
  name: string,
  result: string,
  parameters: readonly string[],
): Native | undefined {
  try {
    return library.func(name, result, parameters);
  } catch {
    return undefined;
  }
}
