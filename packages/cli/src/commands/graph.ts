import { extname } from "node:path";
import { Option, type Command } from "commander";
import { drawCell } from "../cells/draw-cell.js";
import { CELL_CHOICES, resolveCell } from "../cells/resolve-cell.js";
import { writeOutputs } from "../files/index.js";
import { EXIT } from "./exit-codes.js";
import { paragraphs } from "./help.js";
import { wholeNumber } from "./values.js";

interface Options {
  readonly export: string | undefined;
  readonly format: "dot" | "svg" | undefined;
  readonly output: string | undefined;
  readonly unrolled: number | undefined;
  readonly backward: boolean | undefined;
  readonly input: number;
  readonly hidden: number;
  readonly batch: number;
  readonly direction: "LR" | "TB";
}

/** Adds `tapeloop graph`. */
export function graphCommand(program: Command, end: (code: number) => void): void {
  program
    .command("graph")
    .summary("draw the graph of a cell")
    .description(DESCRIPTION)
    .argument("<cell>", CELL_CHOICES)
    .option(
      "--export <name>",
      "which export of the cell's file (default: the default export, or the only cell)",
    )
    .addOption(
      new Option(
        "--format <format>",
        "what to write (default: what the output's name says, or else dot)",
      ).choices(["dot", "svg"]),
    )
    .option("-o, --output <file>", "file to write (default: standard output)")
    .option("--unrolled <steps>", "draw so many time steps, not one step alone", wholeNumber(1, 1000))
    .option("--backward", "draw a loop over time, and the gradient of a loss beside it")
    .option("--input <features>", "features of a time step", wholeNumber(1, 4096), 1)
    .option("--hidden <units>", "hidden units", wholeNumber(1, 4096), 32)
    .option("--batch <sequences>", "sequences in a batch", wholeNumber(1, 4096), 1)
    .addOption(
      new Option("--direction <direction>", "where values flow: to the right or down")
        .choices(["LR", "TB"])
        .default("LR"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: Options) => {
      const { cell, explain } = await resolveCell(name, options.export);
      const { input, hidden, batch, unrolled, backward, output } = options;
      let drawing: string;
      try {
        const sizes = { input, hidden };
        drawing = drawCell(cell, { sizes, batch, unrolled, backward, rankdir: options.direction });
      } catch (error) {
        throw explain(error);
      }
      if (formatOf(options) === "svg")
        drawing = await (await import("@tapeloop/dot/render")).renderSvg(drawing);
      if (output === undefined) process.stdout.write(drawing);
      else await writeOutputs([{ path: output, contents: drawing }]);
      end(EXIT.done);
    });
}

/** The format asked for, or the one that the file's name says. */
function formatOf({ format, output = "" }: Options): "dot" | "svg" {
  return format ?? (extname(output).toLowerCase() === ".svg" ? "svg" : "dot");
}

const DESCRIPTION = paragraphs(
  "Draws a cell as it is recorded on the tape: one time step, or several one after the other. SVG " +
    "needs no Graphviz on the machine. Equal arguments give equal bytes.",
);

const EXAMPLES = `
Examples:
  $ tapeloop graph lstm > lstm.dot
  $ tapeloop graph ./my-cell.ts -o my-cell.svg
  $ tapeloop graph gru --unrolled 3 --format svg -o gru.svg
  $ tapeloop graph lstm --backward --direction TB -o lstm-gradient.svg
`;
