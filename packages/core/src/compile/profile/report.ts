import type { Tape } from "../../tape/tape.js";
import type { KernelReport } from "../explain.js";

/** A kernel of a program, and how long it takes. */
export interface KernelTime extends KernelReport {
  /** All its runs in one call, in milliseconds: the mean of the calls that were measured. */
  readonly milliseconds: number;
}

/** Where the time of a program goes. All times are those of one call, in milliseconds: means of all measured calls. */
export interface Profile {
  readonly executor: "webassembly" | "reference";
  /** Why it is the reference executor, which has no kernels that could be measured. */
  readonly reason: string | undefined;
  /** How many calls were measured. */
  readonly calls: number;
  /** All of a call, without what the clock took: `around` and the kernels. */
  readonly milliseconds: number;
  /** What is no kernel's: arguments and results are copied. */
  readonly around: number;
  /** The kernels in the order of `explain(…).kernels`. */
  readonly kernels: readonly KernelTime[];
  /** What one reading of the clock took; it is not in the times above. */
  readonly clock: number;
  /** The tape that the passes left, of which the program is made: kernels' `nodes` are its, or its loops'. */
  readonly tape: Tape;
  toString(): string;
}

/** The profile, with its text. */
export function profileOf(parts: Omit<Profile, "toString">): Profile {
  return { ...parts, toString: () => format(parts) };
}

/** A line for each kernel, those that take longest first. */
function format({
  executor,
  reason,
  calls,
  milliseconds,
  around,
  kernels,
  clock,
}: Omit<Profile, "toString">) {
  const mean = `${duration(milliseconds)} a call, the mean of ${calls}`;
  if (executor === "reference") return `${mean}; runs on the reference executor: ${reason ?? ""}`;
  const share = (part: number): string => `${percent(part, milliseconds)} %`.padStart(6);
  const rows = kernels.map(({ milliseconds: time, runs, kind, native, what, where }, k) => {
    const name = `${what}${native ? ", native" : ""}${where === "" ? "" : `  in ${where}`}`;
    const text = `${`k${k}`.padStart(6)} ${duration(time).padStart(8)} ${share(time)} ${String(runs).padStart(6)} × ${kind.padEnd(7)} ${name}`;
    return { time, text };
  });
  return [
    `${mean}; a reading of the clock, taken off after each kernel: ${duration(clock)}`,
    ...rows.sort((a, b) => b.time - a.time).map(({ text }) => `  ${text}`),
    `         ${duration(around).padStart(8)} ${share(around)}  arguments and results`,
  ].join("\n");
}

function percent(part: number, all: number): string {
  return (all > 0 ? (100 * part) / all : 0).toFixed(1);
}

/** `12 µs`, in two or three digits. */
function duration(milliseconds: number): string {
  const [amount, unit] =
    milliseconds >= 1000
      ? [milliseconds / 1000, "s"]
      : milliseconds >= 1
        ? [milliseconds, "ms"]
        : milliseconds >= 1e-3
          ? [milliseconds * 1e3, "µs"]
          : [milliseconds * 1e6, "ns"];
  return `${amount >= 100 ? Math.round(amount) : Number(amount.toPrecision(2))} ${unit}`;
}
