import type { Cell } from "@tapeloop/nn";
import { Option, type Command } from "commander";
import { cellTape, STEPS } from "../cells/draw-cell.js";
import { gradientsOf, overlayOf, OVERLAYS, type OverlayName } from "../cells/measure-cell.js";
import { CELL_CHOICES, resolveCell } from "../cells/resolve-cell.js";
import { timedTape } from "../cells/time-cell.js";
import { writeOutputs } from "../files/index.js";
import { EXIT } from "./exit-codes.js";
import {
  formatOf,
  FORMATS,
  refuseOverlay,
  refuseTerminal,
  writeAs,
  type Drawing,
  type Format,
} from "./graph-formats.js";
import { paragraphs } from "./help.js";
import { wholeNumber } from "./values.js";

interface Options {
  readonly export: string | undefined;
  readonly format: Format | undefined;
  readonly output: string | undefined;
  readonly unrolled: number | undefined;
  readonly backward: boolean | undefined;
  readonly overlay: OverlayName | undefined;
  readonly input: number;
  readonly hidden: number;
  readonly batch: number;
  readonly direction: "LR" | "TB" | undefined;
  readonly maxNodes: number | undefined;
  readonly timeLimit: number;
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
    .option(
      "--backward",
      "draw the gradient of a loss as well: beside a loop over time, or beside the steps of --unrolled",
    )
    .addOption(
      new Option("--overlay <what>", "write on each node what was measured, and tint it").choices(OVERLAYS),
    )
    .option("--input <features>", "features of a time step", wholeNumber(1, 4096), 1)
    .option("--hidden <units>", "hidden units", wholeNumber(1, 4096), 32)
    .option("--batch <sequences>", "sequences in a batch", wholeNumber(1, 4096), 1)
    .addOption(
      new Option(
        "--direction <direction>",
        "where values flow: to the right or down (default: down with --backward and for times, or else to the right)",
      ).choices(["LR", "TB"]),
    )
    .option(
      "--max-nodes <nodes>",
      "about how many nodes to draw; what is above is folded (default: 500)",
      wholeNumber(1, 1_000_000),
    )
    .option(
      "--time-limit <seconds>",
      "how long the layout of an SVG or PNG may take",
      wholeNumber(1, 86_400),
      30,
    )
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: Options) => {
      const { output } = options;
      const format = formatOf(options.format, output);
      refuseTerminal(format, output, process.stdout.isTTY);
      refuseOverlay(format, options.overlay);
      const { cell, explain } = await resolveCell(name, options.export);
      let drawing: Drawing;
      try {
        drawing = drawingOf(cell, options, format);
      } catch (error) {
        throw explain(error);
      }
      const contents = await writeAs(format, drawing, options.timeLimit);
      if (output === undefined) process.stdout.write(contents);
      else await writeOutputs([{ path: output, contents }]);
      end(EXIT.done);
    });
}

/** The tape of a cell, with what is measured of it. */
function drawingOf(cell: Cell, options: Options, format: Format): Drawing {
  const { input, hidden, batch, unrolled, backward, overlay, direction: rankdir, maxNodes } = options;
  const sizes = { input, hidden };
  const settings = { sizes, batch, unrolled, backward, rankdir, maxNodes };
  if (overlay === undefined) return cellTape(cell, settings);
  if (overlay === "time") return timedTape(cell, settings);
  const isMeasured = overlay === "gradients";
  if (format === "html") {
    // The statistics of a page are of values on the tape itself, of which a loop drawn once has none for its steps.
    const steps = unrolled ?? (backward === true ? STEPS : undefined);
    const drawn = cellTape(cell, { ...settings, unrolled: steps, isMeasured });
    return { ...drawn, gradients: gradientsOf(drawn.tape) };
  }
  const { tape, options: drawn } = cellTape(cell, { ...settings, isMeasured });
  return { tape, options: { ...drawn, overlay: overlayOf(overlay, cell, tape, sizes) } };
}

const DESCRIPTION = paragraphs(
  "Draws a cell as it is recorded on the tape: one time step, or several one after the other. SVG and PNG " +
    "need no Graphviz on the machine; HTML is a page to explore, in one file; Mermaid is for pages on GitHub, JSON for " +
    "tools. Equal arguments give equal bytes, times aside.",
  "--backward draws the gradient of L = Σ y² after the last step: beside a loop of 24 steps that is drawn once, " +
    "or, with --unrolled, step by step. Steps beyond --max-nodes are folded, but for the first two and the last.",
  "Overlays write on the nodes what was measured. gradients: the norm of each value, and of the gradient of L by " +
    "it, for random data (an HTML page shows statistics of both). cost: arithmetic, and bytes read and " +
    "written. check: what tapeloop check finds at these sizes, on parameters, state and data. time: the kernels " +
    "of the compiled program, of 24 steps or those of --unrolled, and how long each takes here and now.",
);

const EXAMPLES = `
Examples:
  $ tapeloop graph lstm > lstm.dot
  $ tapeloop graph ./my-cell.ts -o my-cell.svg
  $ tapeloop graph gru --unrolled 3 --format png > gru.png
  $ tapeloop graph lstm -o lstm.mmd
  $ tapeloop graph lstm --unrolled 100 -o lstm.html
  $ tapeloop graph lstm --backward -o lstm-gradient.svg
  $ tapeloop graph ./my-cell.ts --backward --unrolled 3 --overlay gradients -o norms.svg
  $ tapeloop graph rnn --unrolled 24 --overlay gradients --max-nodes 50 -o norms-by-step.svg
  $ tapeloop graph ./my-cell.ts --overlay check -o checked.svg
  $ tapeloop graph lstm --hidden 128 --batch 32 --backward --overlay time -o times.svg
`;
