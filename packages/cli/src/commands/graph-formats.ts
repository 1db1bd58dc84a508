import { extname } from "node:path";
import { toDot, toJson, toMermaid, type DotOptions } from "@tapeloop/dot";
import type { Tape, Tensor } from "@tapeloop/core";
import type { OverlayName } from "../cells/measure-cell.js";
import { InputError } from "../input-error.js";

/** What a graph can be written as. */
export const FORMATS = ["dot", "svg", "png", "html", "mermaid", "json"] as const;
export type Format = (typeof FORMATS)[number];

const byExtension: Readonly<Record<string, Format>> = {
  dot: "dot",
  gv: "dot",
  txt: "dot",
  svg: "svg",
  png: "png",
  html: "html",
  mmd: "mermaid",
  mermaid: "mermaid",
  json: "json",
};

/**
 * The format asked for, or the one that the file's name says, or else DOT.
 *
 * @throws InputError when no format was asked for, and the name says one that there is not
 */
export function formatOf(format: Format | undefined, output = ""): Format {
  const extension = extname(output).toLowerCase().slice(1);
  const found = format ?? (extension === "" ? "dot" : byExtension[extension]);
  if (found !== undefined) return found;
  const known = Object.keys(byExtension).map((name) => `.${name}`);
  throw new InputError(
    `graph: ${output}: no format has this name, expected ${known.join(", ")}, or --format`,
  );
}

/**
 * Makes sure that a format can show an overlay.
 *
 * @throws InputError when it cannot
 */
export function refuseOverlay(format: Format, overlay: OverlayName | undefined): void {
  if (format === "html" && overlay !== undefined && overlay !== "gradients") {
    const others = FORMATS.filter((name) => name !== "html").join(", ");
    throw new InputError(
      `graph: --overlay ${overlay}: an html page shows statistics of its own, ` +
        `expected another format (${others}), or --overlay gradients`,
    );
  }
}

/**
 * Makes sure that no pixels are printed on a terminal, which would take them for commands.
 *
 * @throws InputError when they would
 */
export function refuseTerminal(format: Format, output: string | undefined, isTerminal: boolean): void {
  if (format === "png" && output === undefined && isTerminal) {
    throw new InputError(
      "graph: png is no text for a terminal, expected a file: -o graph.png, or > graph.png",
    );
  }
}

/** A tape, how it is drawn, and what a page shows of it besides. */
export interface Drawing {
  readonly tape: Tape;
  readonly options: DotOptions & { readonly title: string };
  /** Gradients by the values of the tape; a page then has statistics of both. */
  readonly gradients?: ReadonlyMap<Tensor, Tensor> | undefined;
}

/**
 * A tape in a format.
 *
 * @param timeLimit seconds that laying out may take
 * @throws InputError when it takes longer, or the picture cannot be made
 */
export async function writeAs(
  format: Format,
  { tape, options, gradients }: Drawing,
  timeLimit: number,
): Promise<string | Uint8Array> {
  if (format === "dot") return toDot(tape, options);
  if (format === "mermaid") return toMermaid(tape, options);
  if (format === "json") return toJson(tape, options);
  // Graphviz is large, and most runs need none of it.
  if (format === "html") {
    const { toHtml } = await import("@tapeloop/dot/html");
    return toHtml(tape, {
      title: options.title,
      ...(gradients !== undefined && { values: true, gradients }),
    });
  }
  const { renderPng, renderSvg, RenderError, RenderTimeError } = await import("@tapeloop/dot/render");
  const render = format === "svg" ? renderSvg : renderPng;
  try {
    return await render(toDot(tape, options), { timeLimit: 1000 * timeLimit });
  } catch (error) {
    if (error instanceof RenderTimeError) {
      throw new InputError(
        `graph: no picture after ${timeLimit} s, expected one by then: ` +
          "draw fewer nodes (--max-nodes), or raise --time-limit",
        { cause: error },
      );
    }
    if (error instanceof RenderError) throw new InputError(`graph: ${error.message}`, { cause: error });
    throw error;
  }
}
