import { ArgumentError, optionsOf, shown, type Tape, type Tensor } from "@tapeloop/core";
import { checkNames, checkTape } from "../check.js";
import { parts } from "./page-parts.js";
import { pageData } from "./write/collect.js";
import { documentText } from "./write/document.js";
import { pageGraph } from "./write/page-graph.js";

/** What a page shows of a tape. */
export interface HtmlOptions {
  /** Heading of the page and its name in the browser; "Tape" by default. */
  readonly title?: string;
  /**
   * Arguments of the recorded function that hold parameters, by index. By default the first one does if it is a tree
   * of tensors rather than a single one.
   */
  readonly params?: number | readonly number[];
  /**
   * Whether nodes show statistics of their values: least, greatest, mean, norm, and how many are NaN. They are computed
   * when the page is made, which holds the numbers and no tensors. Off by default.
   */
  readonly values?: boolean;
  /** Gradients whose statistics are shown beside those of the values: tensors on the tape, such as its inputs, and theirs. */
  readonly gradients?: ReadonlyMap<Tensor, Tensor>;
  /**
   * Whether source lines are links that open an editor: `"vscode"`, whose links hold whole paths. By default a line is
   * text, its path without what all have in common. Tapes know their lines where `withSources` recorded them.
   */
  readonly editor?: "vscode";
}

/**
 * A tape as an HTML page to explore it with: scopes, loops and time steps open and fold, any node is found by name,
 * operation, scope or shape, a parameter is followed through time. One file, which needs no network and no server.
 *
 * The page opens folded to what can be read at once, so that it is as quick for a thousand steps as for ten. The
 * text depends on the program alone (and on its values, if those are shown).
 *
 * @throws ArgumentError when an option is none of those above, or the tape is none
 */
export function toHtml(tape: Tape, options: HtmlOptions = {}): string {
  const {
    title = "Tape",
    params,
    values = false,
    gradients = new Map<Tensor, Tensor>(),
    editor,
  } = optionsOf("toHtml", options);
  checkTape("toHtml", tape);
  checkNames("toHtml", { title, params });
  if (typeof values !== "boolean")
    throw new ArgumentError(`toHtml: got values ${shown(values)}, expected true or false`);
  if (!(gradients instanceof Map))
    throw new ArgumentError(
      `toHtml: got gradients ${shown(gradients)}, expected a Map of tensors to their gradients`,
    );
  if (!["vscode", undefined].includes(editor))
    throw new ArgumentError(`toHtml: got editor ${shown(editor)}, expected "vscode", or undefined`);
  const graph = pageGraph(tape, params);
  return documentText(pageData(graph, { title, values, gradients, editor: editor === "vscode" }), parts);
}
