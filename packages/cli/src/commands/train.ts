import type { Command } from "commander";
import { CELL_CHOICES } from "../cells/resolve-cell.js";
import { runJob, type JobEnd } from "../job/run-job.js";
import { USUAL_BATCH, type JobRequest } from "../job/settings.js";
import { createProgress } from "../progress/index.js";
import { commandLine } from "./command-line.js";
import { EXIT } from "./exit-codes.js";
import { paragraphs } from "./help.js";
import { between, wholeNumber, wholeNumberOr } from "./values.js";

type Options = Omit<JobRequest, "file" | "command" | "exportName"> & { readonly export: string | undefined };

const ENDS: Readonly<Record<JobEnd, number>> = {
  done: EXIT.done,
  "check failed": EXIT.failed,
  diverged: EXIT.failed,
  interrupted: EXIT.interrupted,
};

/** Adds `tapeloop train`. */
export function trainCommand(program: Command, end: (code: number) => void): void {
  const most = 1e6;
  const command = program
    .command("train")
    .summary("learn to forecast a series, and report how well")
    .description(DESCRIPTION)
    .argument("<series.csv>", "CSV file with a header and one row per point, in the order of time")
    .option("--column <name>", "column to forecast (default: the only column of numbers)")
    .option("--time-column <name>", "column of dates or times (default: found by name or contents)")
    .option("--unit <text>", "unit of the values, for the report")
    .option("--cell <name|file>", CELL_CHOICES, "lstm")
    .option(
      "--export <name>",
      "which export of the cell's file (default: the default export, or the only cell)",
    )
    .option("--hidden <units>", "hidden units", wholeNumber(1, 4096), 32)
    .option("--layers <count>", "layers of the cell on top of one another", wholeNumber(1, 16), 1)
    .option("--window <points>", "points that a forecast sees", wholeNumber(1, most), 24)
    .option(
      "--difference <points>",
      "learn changes over so many points; 0: the values",
      wholeNumber(0, most),
      1,
    )
    .option(
      "--season <points>",
      "points in a season, for the naive forecasts, or none (default: found from the times)",
      wholeNumberOr("none", 1, most),
    )
    .option("--epochs <count>", "passes through the training windows, at most", wholeNumber(1, most), 60)
    .option(
      "--patience <epochs>",
      "end after so many epochs without a lower validation loss",
      wholeNumber(1, most),
      20,
    )
    .option(
      "--batch <windows>",
      `windows in a batch (default: ${USUAL_BATCH}, or all of a short series)`,
      wholeNumber(1, most),
    )
    .option("--learning-rate <rate>", "learning rate of Adam", between(0, Infinity), 0.01)
    .option("--clip <norm>", "largest norm of the gradients, all together", between(0, Infinity), 1)
    .option("--validation <share>", "share of the points to validate on", between(0, 1), 0.15)
    .option("--test <share>", "share of the points to test on, the last ones", between(0, 1), 0.2)
    .option("--seed <number>", "seed of parameters and batches", wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option("--blas", "leave larger matrix products to a library of the machine; needs koffi", false)
    .option(
      "--threads <count|auto>",
      "threads to train on, or auto: as many as there are cores",
      wholeNumberOr("auto", 1, 64),
      1,
    )
    .option("--out <folder>", "folder to write into, made if needed", "out/")
    .option("--quiet", "print only the table of results", false)
    .addHelpText("after", EXAMPLES);
  command.action(async (file: string, { export: exportName, ...options }: Options) => {
    // Threads change no bit of what is written.
    const again = commandLine(command, [file], ["threads"]);
    const settings = { ...options, file, exportName, command: again };
    end(ENDS[await train(settings)]);
  });
}

const DESCRIPTION = paragraphs(
  "Learns to forecast the next point of a series from a window of points before it.",
  "The series is split by time into training, validation and test. What the network sees and " +
    "forecasts are changes from one point to the next (see --difference), standardised by the " +
    "training span alone; a forecast is the last true value plus the change. The epoch with the " +
    "lowest validation loss is kept. The test span is looked at once, at the end: the error there is " +
    "compared with that of naive forecasts of the same points. Then the gradients of the trained " +
    "model are checked by finite differences in float64.",
  "Writes report.html (loss, forecasts, gradients through time, the cell's graph), the graph as " +
    "<cell>.dot and <cell>.svg, and model.safetensors: all of them, or none. Equal arguments and data " +
    "give equal files.",
  "--threads shares each training step out among threads, if it takes long enough to be worth it. Files and " +
    "results are the same, bit for bit, whatever their number; on a busy machine, more may take longer.",
  "--blas takes OpenBLAS, MKL, BLIS or Accelerate, whichever is found, or the one whose path is in the " +
    "environment variable TAPELOOP_BLAS; the npm package koffi calls it. Another library gives other last digits. " +
    "It runs on one thread.",
);

const EXAMPLES = `
Examples:
  $ tapeloop train series.csv --column value
  $ tapeloop train series.csv --column value --cell gru --window 48 --hidden 64 --out out/gru
  $ tapeloop train series.csv --cell ./my-cell.ts --epochs 100 --seed 7
`;

async function train(settings: JobRequest): Promise<JobEnd> {
  const ended = await runJob(settings, {
    print: (text) => void process.stdout.write(`${text}\n`),
    warn,
    startProgress: (total) => createProgress({ total }),
    interruptible,
  });
  if (ended === "interrupted") warn("interrupted, nothing was written");
  return ended;
}

function warn(text: string): void {
  process.stderr.write(`tapeloop: ${text}\n`);
}

async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    return await run(interruption.signal);
  } finally {
    process.removeListener("SIGINT", interrupt);
  }
}
