import { checkCell, type CheckCellReport } from "@tapeloop/check";
import { Option, type Command } from "commander";
import { CHECK } from "../cells/check-defaults.js";
import { checkHeading, checkHeatMap, checkLine, checkSummary } from "../cells/check-text.js";
import { CELL_CHOICES, resolveCell } from "../cells/resolve-cell.js";
import { checkOutputFile, writeOutputs } from "../files/index.js";
import { InputError } from "../input-error.js";
import { EXIT } from "./exit-codes.js";
import { paragraphs } from "./help.js";
import { between, wholeNumber, wholeNumbers } from "./values.js";

interface Options {
  readonly export: string | undefined;
  readonly input: number;
  readonly hidden: number;
  readonly time: readonly number[];
  readonly batch: readonly number[];
  readonly order: 1 | 2;
  readonly mode: "reverse" | "forward" | "both";
  readonly precision: "float64" | "dd";
  readonly tolerance: number | undefined;
  readonly entries: number;
  readonly allowBatchMixing: boolean;
  readonly heatMap: string | undefined;
  readonly seed: number;
}

const ENDS = { pass: EXIT.done, fail: EXIT.failed, inconclusive: EXIT.inconclusive } as const;

/** Adds `tapeloop check`. */
export function checkCommand(program: Command, end: (code: number) => void): void {
  program
    .command("check")
    .summary("check the gradients of a cell")
    .description(DESCRIPTION)
    .argument("<cell>", CELL_CHOICES)
    .option(
      "--export <name>",
      "which export of the cell's file (default: the default export, or the only cell)",
    )
    .option("--input <features>", "features of a time step", wholeNumber(1, 256), 2)
    .option("--hidden <units>", "hidden units", wholeNumber(1, 256), 3)
    .addOption(
      new Option("--time <steps>", "numbers of time steps, with commas between them")
        .argParser(wholeNumbers(1, 10_000))
        .default(CHECK.steps, CHECK.steps.join(",")),
    )
    .addOption(
      new Option("--batch <sequences>", "batch sizes, with commas between them")
        .argParser(wholeNumbers(1, 1024))
        .default(CHECK.batches, CHECK.batches.join(",")),
    )
    .option("--order <order>", "2 also checks the gradient of the gradient", wholeNumber(1, 2), CHECK.order)
    .addOption(
      new Option("--mode <mode>", "which sweep to check; forward needs the jvp rule of every operation")
        .choices(["reverse", "forward", "both"])
        .default(CHECK.mode),
    )
    .addOption(
      new Option("--precision <arithmetic>", "dd: the gradients in double-double, slower and far sharper")
        .choices(["float64", "dd"])
        .default(CHECK.precision),
    )
    .option(
      "--tolerance <error>",
      "largest relative error that passes (default: 1e-7, with dd 1e-14)",
      between(0, 1),
    )
    .option(
      "--entries <count>",
      "entries looked at one by one in each check; directions see the rest",
      wholeNumber(1, 1_000_000),
      CHECK.maxEntries,
    )
    .option(
      "--allow-batch-mixing",
      "sequences of a batch may influence one another: a note, no failure",
      false,
    )
    .option("--heat-map <file.svg>", "write a drawing of the errors by parameter and time step")
    .option(
      "--seed <number>",
      "seed of parameters, state and data",
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
      CHECK.seed,
    )
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: Options) => {
      if (options.heatMap !== undefined) {
        if (options.mode === "forward")
          throw new InputError(
            "--heat-map: shows errors of the reverse sweep, which --mode forward leaves out",
          );
        checkOutputFile(options.heatMap);
      }
      const { cell, explain } = await resolveCell(name, options.export);
      const { input, hidden, time, batch, tolerance, entries, heatMap, ...rest } = options;
      const { order, mode, precision, allowBatchMixing, seed } = rest;
      const print = (text: string | undefined): void => {
        if (text !== undefined) process.stdout.write(`${text}\n`);
      };
      const sizes = { input, hidden };
      let report: CheckCellReport;
      try {
        print(checkHeading(name, cell.name, sizes, precision));
        report = checkCell(cell, {
          ...{ sizes, steps: time, batches: batch, order, mode, precision, seed, allowBatchMixing },
          ...(tolerance === undefined ? {} : { rtol: tolerance }),
          maxEntries: entries,
          onPart: (part) => {
            // A cell that does not run is no cell with a wrong gradient.
            if (part.cause !== undefined) throw part.cause;
            print(checkLine(part));
          },
        });
      } catch (error) {
        throw explain(error);
      }
      const drawing = heatMap === undefined ? undefined : checkHeatMap(report, sizes);
      if (heatMap !== undefined) {
        if (drawing !== undefined) await writeOutputs([{ path: heatMap, contents: drawing }]);
        else process.stderr.write(`tapeloop: ${heatMap}: not written, as there are no errors by time step\n`);
      }
      print(checkSummary(report));
      end(ENDS[report.verdict]);
    });
}

const DESCRIPTION = paragraphs(
  "Checks the gradients of a cell: by every parameter, input and initial state, of every output and " +
    "the last state, in reverse and in forward mode, against extrapolated finite differences with a " +
    "bound on their error; for each number of time steps with each batch size. The gradient of the " +
    "gradient is checked over few time steps.",
  "Also finds out whether equal runs are equal, whether scan and a plain loop over time agree, whether " +
    "the sequences of a batch have an influence on one another, and how large the error of each " +
    "parameter's gradient is at each time step (up to the 32nd). A mixed batch is a failure, for a sum or a " +
    "product over the wrong axis makes one; batch statistics do so on purpose: see --allow-batch-mixing.",
  "Parameters and states are near where the cell starts them, moved by normal noise of 0.1.",
);

const EXAMPLES = `
Exit codes: 0 passed, 1 failed, 3 inconclusive (a kink, say), 2 when the cell cannot be loaded or run.

Examples:
  $ tapeloop check lstm
  $ tapeloop check ./my-cell.ts --hidden 5 --time 1,10 --batch 2
  $ tapeloop check ./my-cell.ts --time 12 --heat-map errors.svg
  $ tapeloop check ./my-cell.ts --time 40 --batch 1 --order 1 --precision dd
`;
