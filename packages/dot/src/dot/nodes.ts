import { formatShape, type TensorType } from "@tapeloop/core";
import type { GraphNode, NodeKind, OnPath } from "../graph/model.js";
import { shorten } from "../graph/text.js";
import type { Overlay } from "../overlay/overlay.js";
import { attributes, type AttributeList } from "./attributes.js";
import { linkOf, type Link } from "./link.js";
import type { Paint } from "./palette.js";
import { quote } from "./quote.js";
import { Styles } from "./styles.js";
import { themes, type Palette } from "./themes.js";
import { markOf, tinted } from "./tint.js";

/** What labels show besides operations and names. */
export interface LabelOptions {
  readonly shapes: boolean;
  /** Something measured, to be written and tinted on nodes. */
  readonly overlay?: Overlay | undefined;
  /** Those of the light theme by default. */
  readonly palette?: Palette;
  /** Types to be written at the edges that leave a node, by its id. */
  readonly edgeTypes?: ReadonlyMap<string, TensorType>;
  readonly link?: Link | undefined;
  /** The nodes beside which others stand, by the ids of those. */
  readonly homes?: ReadonlyMap<string, string>;
}

/** An oval has room around its text as it is. */
const roundMargin = "0.02,0.01";

/** Shape and outline by kind; the colours are the palette's. */
const outlines: Record<NodeKind, AttributeList> = {
  operation: { shape: "box", style: "rounded,filled" },
  parameter: { shape: "box", style: "filled" },
  input: { shape: "oval", style: "filled", margin: roundMargin },
  state: { shape: "oval", style: "filled,dashed", margin: roundMargin },
  constant: { shape: "box", style: "filled,dotted" },
  reference: { shape: "cds", style: "filled,dotted" },
  output: { shape: "oval", style: "filled", peripheries: 2, margin: roundMargin },
  fold: { shape: "folder", style: "filled" },
};

/** A node's statement: `n3 [label="σ\nf [8, 32]", …];`. */
export function nodeStatement(node: GraphNode, options: LabelOptions): string {
  const lines = labelLines(node, options);
  const own = ownAttributes(node, lines, options);
  const style = styleOf(node, options);
  return `${node.id} [label=${quote(...lines)}, ${style}${own === "" ? "" : `, ${own}`}];`;
}

/** What sets a node apart from others of its kind; nothing does for most. */
function ownAttributes(node: GraphNode, lines: readonly string[], options: LabelOptions): string {
  const { isFormula = false, isOutput = false, path, tapeNode } = node;
  const { link, overlay } = options;
  if (!isFormula && !isOutput && path === undefined && link === undefined && overlay === undefined) return "";
  const tint = tintOf(node, options);
  const address = tapeNode && link && linkOf(tapeNode, link);
  return attributes({
    ...(isFormula && { width: Math.max(...[node.operation, node.name].map(formulaWidth)).toFixed(2) }),
    ...(isOutput && { peripheries: 2 }),
    ...(path !== undefined && { color: pathColor(path, options), penwidth: 2.2 }),
    // Tints are pale in both themes.
    ...(tint !== undefined && { fillcolor: tint.fill, color: tint.line, fontcolor: themes.light.ink }),
    // Without a tooltip, that of a link is the label as it is written here, with its line breaks.
    ...(address !== undefined && { URL: address, tooltip: { text: quote(lines.join(" ")) } }),
  });
}

/** Width of a formula in inches: not every Graphviz knows how wide its signs are. */
function formulaWidth(text: string): number {
  return Math.max(0.3, 0.12 + 0.076 * [...text].length);
}

/** The colours that an overlay gives a node, instead of those of its kind. */
export function tintOf(node: GraphNode, options: LabelOptions): Paint | undefined {
  const mark = markOf(node, options.overlay);
  return mark === undefined ? undefined : tinted(mark, paintOf(node, paletteOf(options)));
}

export function paletteOf({ palette = themes.light }: LabelOptions): Palette {
  return palette;
}

/** The colour of one of the gradient's ways back through time. */
export function pathColor(path: OnPath, options: LabelOptions): string {
  const { paths, several } = paletteOf(options);
  return path === "several" ? several : (paths[path % paths.length] ?? several);
}

/** The attributes that all nodes of a kind share. */
function styleOf(node: GraphNode, options: LabelOptions): string {
  const { kind, family, derivative } = node;
  const palette = paletteOf(options);
  return styles.of(palette, `${kind} ${family} ${derivative}`, () => {
    const { fill, line } = paintOf(node, palette);
    const name = kind === "operation" ? `operation ${family}` : kind;
    return { ...outlines[kind], fillcolor: fill, color: line, class: name };
  });
}
const styles = new Styles();

/** The colours of a kind of node. */
export function paintOf({ kind, family, derivative }: GraphNode, palette: Palette): Paint {
  if (kind !== "operation") return palette.kinds[kind];
  return derivative ? palette.derivative : palette.families[family];
}

/** The lines of a node's label: the operation above name and type, and what an overlay says. */
export function labelLines(node: GraphNode, { shapes, overlay }: LabelOptions): string[] {
  const { kind, operation, name, types } = node;
  const type = shapes ? typesText(types) : "";
  const title = shorten(kind === "reference" ? `↪ ${name}` : name, 40);
  const lines: string[] = [];
  const add = (text: string): void => {
    if (text !== "") lines.push(text);
  };
  add(operation);
  if (operation === "" || title === "" || type === "") {
    add(title);
    add(type);
  } else add(`${title}  ${type}`);
  add(markOf(node, overlay)?.text ?? "");
  return lines;
}

/** `[8, 32], [8, 3]`; many equal ones as `24 × [8, 3]`. */
function typesText(types: readonly TensorType[]): string {
  const [only, ...others] = types;
  if (only === undefined) return "";
  if (others.length === 0) return typeText(only);
  const texts = types.map(typeText);
  return texts.length > 3 && new Set(texts).size === 1
    ? `${texts.length} × ${texts[0] ?? ""}`
    : texts.join(", ");
}

/** `[8, 32]`, with the dtype where it is not float32. */
export function typeText({ shape, dtype }: TensorType): string {
  return dtype === "float32" ? formatShape(shape) : `${dtype} ${formatShape(shape)}`;
}
