import { Option, type Command } from "commander";
import { checkCell } from "../cells/check-cell.js";
import { checkHeading, checkLine, checkSummary } from "../cells/check-summary.js";
import { CELL_CHOICES, resolveCell } from "../cells/resolve-cell.js";
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
  readonly tolerance: number;
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
        .default([1, 2, 5], "1,2,5"),
    )
    .addOption(
      new Option("--batch <sequences>", "batch sizes, with commas between them")
        .argParser(wholeNumbers(1, 1024))
        .default([1, 3], "1,3"),
    )
    .option("--order <order>", "2 also checks the gradient of the gradient", wholeNumber(1, 2), 2)
    .addOption(
      new Option("--mode <mode>", "which sweep to check; forward needs the jvp rule of every operation")
        .choices(["reverse", "forward", "both"])
        .default("both"),
    )
    .option("--tolerance <error>", "largest relative error that passes", between(0, 1), 1e-7)
    .option(
      "--seed <number>",
      "seed of parameters, state and data",
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
      1,
    )
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, { export: exportName, input, hidden, time, batch, ...rest }: Options) => {
      const { cell, explain } = await resolveCell(name, exportName);
      const print = (text: string): void => void process.stdout.write(`${text}\n`);
      const sizes = { input, hidden };
      try {
        print(checkHeading(name, cell.name, sizes));
        const settings = { sizes, times: time, batches: batch, ...rest };
        const found = checkCell(cell, settings, (run) => print(checkLine(run)));
        print(checkSummary(found));
        end(ENDS[found.verdict]);
      } catch (error) {
        throw explain(error);
      }
    });
}

const DESCRIPTION = paragraphs(
  "Checks the gradients of a cell: by every parameter, input and initial state, of every output and " +
    "the last state, in reverse and in forward mode, against extrapolated finite differences in " +
    "float64; for each number of time steps with each batch size. The gradient of the gradient is " +
    "checked over the fewest time steps. Also compares scan with a plain loop over time, and finds " +
    "out whether the sequences of a batch have an influence on one another.",
  "Parameters and states are near where the cell starts them, moved by normal noise of 0.1.",
);

const EXAMPLES = `
Exit codes: 0 passed, 1 failed, 3 inconclusive (a kink, say), 2 when the cell cannot be loaded or run.

Examples:
  $ tapeloop check lstm
  $ tapeloop check ./my-cell.ts --hidden 5 --time 1,10 --batch 2
`;
