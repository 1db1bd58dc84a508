import { parseArgs } from "node:util";
import { entrants, type Entrant } from "./contenders.js";
import { workloads, type Workload } from "./workloads.js";

export interface Settings {
  readonly workloads: readonly Workload[];
  readonly entrants: readonly Entrant[];
  readonly rounds: number;
  /** No more rounds of an entrant that has been measured for so long (but at least three). */
  readonly seconds: number;
  /** Milliseconds that a sample should last: fast steps are repeated within it. */
  readonly sample: number;
  /** Time that passes, or time on the processor. */
  readonly clock: "wall" | "cpu";
  readonly python: string;
  readonly write: boolean;
  readonly log: (line: string) => void;
}

export const usage = `node bench/training/run.mjs [options]

  --only W0,W2          workloads (default: all of ${names(workloads)})
  --contenders a,b      of ${names(entrants)}
  --rounds 20           interleaved rounds
  --seconds 60          no more rounds of a contender after so many seconds, but at least three
  --sample 100          milliseconds of a sample, within which fast steps are repeated
  --clock cpu           time on the processor instead of the time that passes, for a machine with other work
  --python path         Python with torch and jax (default: python3)
  --write               write docs/benchmarks.md; for all workloads and contenders
  --help`;

/** Reads the command line; undefined when it asks for help. Throws for what it cannot understand. */
export function readOptions(args: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      contenders: { type: "string" },
      rounds: { type: "string", default: "20" },
      seconds: { type: "string", default: "60" },
      sample: { type: "string", default: "100" },
      clock: { type: "string", default: "wall" },
      python: { type: "string", default: "python3" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { only, contenders, clock, python, write } = values;
  if (values.help) return undefined;
  if (clock !== "wall" && clock !== "cpu") throw new Error(`--clock: got ${clock}, expected wall or cpu`);
  if (write && (only !== undefined || contenders !== undefined || clock !== "wall")) {
    throw new Error("--write: the page shows all workloads and contenders, by the wall clock");
  }
  return {
    workloads: pick("--only", workloads, only),
    entrants: pick("--contenders", entrants, contenders),
    rounds: positive("--rounds", values.rounds),
    seconds: positive("--seconds", values.seconds),
    sample: positive("--sample", values.sample),
    clock,
    python,
    write,
    log: (line) => console.error(line),
  };
}

function pick<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  given?: string,
): readonly T[] {
  if (given === undefined) return all;
  return given.split(",").map((name) => {
    const found = all.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${option}: got ${name}, expected some of ${names(all)}`);
    return found;
  });
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option}: got ${text}, expected a number above 0`);
  return value;
}

function names(all: readonly { readonly name: string }[]): string {
  return all.map(({ name }) => name).join(",");
}
