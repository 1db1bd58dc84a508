import { ArgumentError, TraceError } from "../../errors.js";
import { optionsOf, shown } from "../../expect.js";
import type { Tape } from "../../tape/tape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Blas } from "../blas.js";
import { emitProgram } from "../emit/program.js";
import { kernelReports } from "../explain.js";
import { instantiate, type OutputType } from "../instance.js";
import { kernelsOf, type Program } from "../ir.js";
import { Unsupported } from "../limits.js";
import { thisEngine } from "../target.js";
import { profileOf, type Profile } from "./report.js";
import { stopwatch, tickCost, type Stopwatch } from "./stopwatch.js";

/** Options of `profile`. */
export interface ProfileOptions {
  /** How many calls to measure: by default as many as take 0.2 s together, but no fewer than three. */
  readonly calls?: number | undefined;
}

/** Calls that are not measured, in milliseconds: engines make code better when it has run for a while. */
const WARM_UP = 50;
const MEASURED = 200;
const FEWEST = 3;

/**
 * The options, checked.
 * @throws ArgumentError unless `calls` is a whole number, 1 or more, or undefined
 */
export function checkProfileOptions(options: ProfileOptions): ProfileOptions {
  const { calls } = optionsOf("profile", options);
  if (calls === undefined || (Number.isSafeInteger(calls) && calls >= 1)) return { calls };
  throw new ArgumentError(`profile: got calls ${shown(calls)}, expected a whole number, 1 or more`);
}

/** A program whose kernels are timed: one of its own, so that the one that is used need not read clocks. */
export interface Measured {
  readonly call: (tensors: readonly Tensor[]) => Tensor[];
  readonly watch: Stopwatch;
}

/** Makes a measured program. Its slots are the kernels', and one more for what is around them. */
export function measured(program: Program, outputs: readonly OutputType[], blas: Blas | undefined): Measured {
  const kernels = kernelsOf(program).length;
  const watch = stopwatch(kernels + 1);
  try {
    const emitted = emitProgram(program, thisEngine(), { ticks: true });
    const instance = instantiate(program, emitted, outputs, { blas, tick: watch.tick });
    return {
      watch,
      call(tensors) {
        watch.start();
        const results = instance.call(tensors);
        watch.tick(kernels);
        return results;
      },
    };
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new TraceError(`profile: got a program that cannot be measured: ${error.message}`);
  }
}

/** Measures a program's kernels in calls on these tensors. */
export function profileProgram(
  program: Program,
  tape: Tape,
  { call, watch }: Measured,
  tensors: readonly Tensor[],
  options: ProfileOptions,
): Profile {
  const before = tickCost();
  const calls = repeat(
    () => call(tensors),
    options,
    () => {
      watch.times.fill(0);
      watch.ticks.fill(0);
    },
  );
  // What disturbs a measurement makes it longer: the lesser one is nearer to the truth.
  const clock = Math.min(before, tickCost());
  const timeOf = (slot: number): number =>
    Math.max(0, (watch.times[slot] ?? 0) - clock * (watch.ticks[slot] ?? 0)) / calls;
  const kernels = kernelReports(program).map((report, k) => ({ ...report, milliseconds: timeOf(k) }));
  const around = timeOf(kernels.length);
  const milliseconds = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, around);
  return profileOf({
    ...{ executor: "webassembly", reason: undefined },
    ...{ calls, milliseconds, around, kernels, clock, tape },
  });
}

/** Measures whole calls on the reference executor. */
export function profileReference(
  reason: string,
  tape: Tape,
  call: () => unknown,
  options: ProfileOptions,
): Profile {
  let start = 0;
  const calls = repeat(call, options, () => {
    start = performance.now();
  });
  const milliseconds = (performance.now() - start) / calls;
  return profileOf({
    ...{ executor: "reference", reason, kernels: [], clock: 0 },
    ...{ calls, milliseconds, around: milliseconds, tape },
  });
}

/** Calls until it is warm, begins, and calls as often as is asked for; says how often that was. */
function repeat(call: () => unknown, { calls }: ProfileOptions, begin: () => void): number {
  const warmUp = performance.now();
  do call();
  while (performance.now() - warmUp < WARM_UP);
  begin();
  const start = performance.now();
  let made = 0;
  const isEnough = (): boolean =>
    calls === undefined ? made >= FEWEST && performance.now() - start >= MEASURED : made >= calls;
  do {
    call();
    made++;
  } while (!isEnough());
  return made;
}
