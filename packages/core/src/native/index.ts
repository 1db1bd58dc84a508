import type { Blas } from "../compile/blas.js";
import { ArgumentError } from "../errors.js";
import { bindCblas } from "./cblas.js";
import { findFfi, type Ffi, type Library } from "./ffi.js";
import { flaw } from "./trial.js";
import { tame, usualPaths, withOneThread } from "./vendors.js";

export type { Blas, BlasProduct } from "../compile/blas.js";
export { enableRelaxedSimd } from "./relaxed.js";

/** Settings of {@link nativeBlas}. */
export interface NativeBlasOptions {
  /**
   * The library: a path, or a name that the system's loader knows, such as `libopenblas.so.0`. By default the one that
   * the environment variable `TAPELOOP_BLAS` names, or the first that is found where they usually are.
   */
  readonly library?: string | undefined;
  /** Told why there is none, when none is returned. */
  readonly onAbsent?: ((reason: string) => void) | undefined;
}

/** A library that can be used, or why it cannot. */
type Found = { readonly blas: Blas } | { readonly reason: string };

const known = new Map<string, Found>();

/**
 * The machine's library of matrix products (OpenBLAS, MKL, BLIS, Accelerate), for `compile(fn, { blas })`; undefined
 * where there is none, where the package koffi, which calls it, is not installed, or where the environment variable
 * `TAPELOOP_BLAS` is `off`. Node only. The library is set to one thread, for the whole process: results are then the
 * same bits in every run. Before it is used, it has to pass a trial of small products.
 *
 * @throws ArgumentError when a library that was asked for, by option or environment, cannot be used
 */
export function nativeBlas({ library, onAbsent }: NativeBlasOptions = {}): Blas | undefined {
  const fromEnvironment = process.env["TAPELOOP_BLAS"];
  const wanted = library ?? (fromEnvironment === "" ? undefined : fromEnvironment);
  if (library === undefined && wanted === "off") {
    onAbsent?.("the environment variable TAPELOOP_BLAS is off");
    return undefined;
  }
  const found = search(wanted);
  if ("blas" in found) return found.blas;
  if (wanted !== undefined) {
    const asked = library === undefined ? `TAPELOOP_BLAS = ${wanted}` : `library ${library}`;
    throw new ArgumentError(`nativeBlas: got ${asked}, expected a library that can be used: ${found.reason}`);
  }
  onAbsent?.(found.reason);
  return undefined;
}

function search(wanted: string | undefined): Found {
  const ffi = findFfi();
  if (ffi === undefined)
    return { reason: "the package koffi is not installed, or not made for this platform" };
  if (wanted !== undefined) return open(ffi, wanted, false);
  const paths = usualPaths(process.platform);
  const reasons: string[] = [];
  for (const path of paths) {
    const found = open(ffi, path, true);
    if ("blas" in found) return found;
    if (found.reason !== NOT_THERE) reasons.push(`${path}: ${found.reason}`);
  }
  return { reason: [`none of ${paths.join(", ")} can be used`, ...reasons].join("; ") };
}

const NOT_THERE = "it cannot be loaded";

/** @param onlyKnown whether a library must be one of those that are known to be fast */
function open(ffi: Ffi, path: string, onlyKnown: boolean): Found {
  const key = JSON.stringify([path, onlyKnown]);
  const found = known.get(key) ?? withOneThread(() => tryLibrary(ffi, path, onlyKnown));
  known.set(key, found);
  return found;
}

function tryLibrary(ffi: Ffi, path: string, onlyKnown: boolean): Found {
  let library: Library;
  try {
    library = ffi.load(path);
  } catch {
    return { reason: NOT_THERE };
  }
  const name = tame(library, path, ffi);
  if (name === undefined && onlyKnown) return { reason: "it is none that is known to be fast" };
  const blas = bindCblas(library, name ?? path, ffi);
  if (blas === undefined) return { reason: "it lacks cblas_sgemm or cblas_dgemm" };
  const wrong = flaw(blas);
  return wrong === undefined ? { blas } : { reason: `it gets ${wrong} wrong` };
}
