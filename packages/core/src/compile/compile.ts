import { ArgumentError, TraceError } from "../errors.js";
import { checkFunction, checkList, optionsOf, shown } from "../expect.js";
import { isObserved } from "../tape/observe.js";
import { recordingTapes } from "../tape/tape.js";
import { fits, partsOf } from "./arguments.js";
import { checkBlas, type Blas } from "./blas.js";
import { build, type Built } from "./build.js";
import type { Explanation } from "./explain.js";
import { checkProfileOptions, type ProfileOptions } from "./profile/profile.js";
import type { Profile } from "./profile/report.js";
import { MOST_THREADS } from "./threads/control.js";
import { coresHere } from "./threads/support.js";

/** Options of {@link compile}. */
export interface CompileOptions {
  /**
   * How many programs to keep, for arguments of as many kinds: 16 by default. The one that was not used for longest
   * makes room for a new one.
   */
  readonly maxPrograms?: number;
  /**
   * A library that makes the larger matrix products instead of WebAssembly: `nativeBlas()` of `@tapeloop/core/native`
   * finds the machine's, or gives undefined, which means WebAssembly. Programs that use it run on one thread.
   */
  readonly blas?: Blas | undefined;
  /**
   * On how many threads programs run, where the surroundings have shared memory (Node; pages that are cross-origin
   * isolated): 1 by default, at most 64; "auto" for as many as there are cores. Results are bit for bit the same for
   * any number. Until its workers have started, a program runs on those that have. A call during which a worker ends
   * throws TraceError; the next one works again.
   */
  readonly threads?: number | "auto";
  /** Called whenever a program is made: the first time, and for arguments of a new kind. */
  readonly onCompile?: (event: CompileEvent) => void;
}

/** A program that has been made. */
export interface CompileEvent {
  /** How many have been made before it. Many of them mean that shapes, or values that are no tensors, keep changing. */
  readonly before: number;
  readonly milliseconds: number;
  readonly explanation: Explanation;
}

/** A function as compiled programs; see {@link compile}. */
export interface Compiled<Args extends readonly unknown[], R> {
  (...args: Args): R;
  /**
   * What became of the function for these arguments: kernels, arithmetic, memory, passes, and whether it is WebAssembly
   * at all. Compiles if that has not been done. `String(…)` gives text.
   */
  explain(...args: Args): Explanation;
  /**
   * Where the time of a call with these arguments goes: how long each kernel of the program takes, and which nodes of
   * the program's tape it computes. `timeOverlay` of `@tapeloop/dot` draws that; `String(…)` gives text.
   *
   * Measured is a second program, on one thread, that is made for it and reads a clock after every run of every kernel;
   * the program that calls use stays as it is. It runs for a while before its calls are measured, then times are added
   * up over all calls. What the clock itself takes is measured, too, and taken off: some 50 ns a reading. So a kernel
   * that takes less than that in a run is known to about 20 ns a run, however often it runs. Browsers round their clock to
   * 5 to 100 µs: many calls still give useful means there, a few do not.
   *
   * @throws ArgumentError unless `args` is a list and `calls` a whole number above 0; TraceError while a tape records,
   *   and for a program that is so large that engines do not take it with the readings
   */
  profile(args: Readonly<Args>, options?: ProfileOptions): Profile;
}

/**
 * The same function as WebAssembly: it is traced once for the shapes and dtypes of its arguments, the tape (gradients
 * and optimiser steps included) is optimized, and all loops over time and elements run as SIMD code in one planned
 * arena. Arguments and results are the same trees as before; results are fresh tensors.
 *
 * The trace sees shapes only, so the function must not look at values (`where` chooses by value, `scan` loops), and
 * what it does besides computing happens once. Outer tensors that it uses are constants of the program. Numbers and
 * other values that are no tensors are part of what a program is made for: a learning rate that changes should be a
 * tensor. Within `grad`, `record`, another `compile` or a scan body, the function simply becomes part of those;
 * within `observe` it runs as it is, so that every kernel is seen.
 *
 * Where WebAssembly cannot be had (no SIMD, a content security policy that forbids it, more than 4 GiB), the function
 * runs on the reference executor, and `explain` says why.
 *
 * @throws ArgumentError unless `fn` is a function, `maxPrograms` a whole number above 0, `threads` one from 1 to 64 or
 *   "auto", and `blas` a library or undefined; (when called) TraceError when the function looks at values or is
 *   asynchronous, or a worker fails in the middle of a call; and whatever it throws itself
 */
export function compile<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  options: CompileOptions = {},
): Compiled<Args, R> {
  checkFunction("compile", fn);
  const { maxPrograms = 16, blas, onCompile } = optionsOf("compile", options);
  checkBlas(blas);
  if (!Number.isSafeInteger(maxPrograms) || maxPrograms < 1) {
    throw new ArgumentError(
      `compile: got maxPrograms ${shown(maxPrograms)}, expected a whole number, 1 or more`,
    );
  }
  const threads = threadsOf(options.threads ?? 1);
  /** The last used first. */
  const programs: { readonly built: Built<R>; readonly rest: readonly unknown[] }[] = [];
  let made = 0;

  const programFor = (args: Args, parts = partsOf(args)): Built<R> => {
    const [first] = programs;
    if (first !== undefined && fits(parts, first.built.types, first.rest)) return first.built;
    const found = programs.findIndex(({ built, rest }) => fits(parts, built.types, rest));
    const [known] = found < 0 ? [] : programs.splice(found, 1);
    if (known !== undefined) {
      programs.unshift(known);
      return known.built;
    }
    const start = performance.now();
    const built = build(fn, args, { threads, blas });
    programs.unshift({ built, rest: parts.rest });
    for (const dropped of programs.splice(maxPrograms)) dropped.built.crew?.release();
    const milliseconds = performance.now() - start;
    onCompile?.({ before: made++, milliseconds, explanation: built.explain() });
    return built;
  };

  const compiled = (...args: Args): R => {
    const parts = partsOf(args);
    if (recordingTapes().length > 0 || isObserved() || parts.tensors.some((t) => t.isAbstract))
      return fn(...args);
    return programFor(args, parts).run(parts.tensors);
  };
  return Object.assign(compiled, {
    explain: (...args: Args) => programFor(args).explain(),
    profile(args: Readonly<Args>, how: ProfileOptions = {}) {
      checkList("profile", "arguments", args, "the list of the function's arguments");
      const checked = checkProfileOptions(how);
      const parts = partsOf(args);
      if (recordingTapes().length > 0 || parts.tensors.some((t) => t.isAbstract))
        throw new TraceError("profile: called while a tape records, expected a call with values");
      return programFor(args, parts).profile(parts.tensors, checked);
    },
  });
}

function threadsOf(threads: number | "auto"): number {
  if (threads === "auto") return Math.min(coresHere(), MOST_THREADS);
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  throw new ArgumentError(
    `compile: got threads ${shown(threads)}, expected a whole number from 1 to ${MOST_THREADS}, or "auto"`,
  );
}
