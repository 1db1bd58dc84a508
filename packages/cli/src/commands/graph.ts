import { extname } from "node:path";
import { Option, type Command } from "commander";
import { drawCell, exploreCell } from "../cells/draw-cell.js";
import { CELL_CHOICES, resolveCell } from "../cells/resolve-cell.js";
import { writeOutputs } from "../files/index.js";
import { EXIT } from "./exit-codes.js";
import { paragraphs } from "./help.js";
import { wholeNumber } from "./values.js";

const FORMATS = ["dot", "svg", "html"] as const;
type Format = (typeof FORMATS)[number];

interface Options {
  readonly export: string | undefined;
  readonly format: Format | undefined;
  readonly output: string | undefined;
  readonly unrolled: number | undefined;
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
      ).choices(FORMATS),
    )
    .option("-o, --output <file>", "file to write (default: standard output)")
    .option("--unrolled <steps>", "draw so many time steps, not one step alone", wholeNumber(1, 1000))
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
      const { input, hidden, batch, unrolled, output } = options;
      const format = formatOf(options);
      const draw = format === "html" ? exploreCell : drawCell;
      let drawing: string;
      try {
        drawing = await draw(cell, { sizes: { input, hidden }, batch, unrolled, rankdir: options.direction });
      } catch (error) {
        throw explain(error);
      }
      if (format === "svg") drawing = await (await import("../render/index.js")).renderSvg(drawing);
      if (output === undefined) process.stdout.write(drawing);
      else await writeOutputs([{ path: output, contents: drawing }]);
      end(EXIT.done);
    });
}

/** The format asked for, or the one that the file's name says. */
function formatOf({ format, output = "" }: Options): Format {
  const extension = extname(output).toLowerCase().slice(1);
  return format ?? FORMATS.find((each) => each === extension) ?? "dot";
}

const DESCRIPTION = paragraphs(
  "Draws a cell as it is recorded on the tape: one time step, or several one after the other. SVG " +
    "needs no Graphviz on the machine; HTML is a page to explore, in one file. Equal arguments give equal bytes.",
);

const EXAMPLES = `
Examples:
  $ tapeloop graph lstm > lstm.dot
  $ tapeloop graph ./my-cell.ts -o my-cell.svg
  $ tapeloop graph gru --unrolled 3 --format svg -o gru.svg
  $ tapeloop graph lstm --unrolled 100 -o lstm.html
`;
