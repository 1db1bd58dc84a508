import type { EdgeKind, Family, NodeKind } from "../graph/model.js";

/**
 * Colours of a drawing on paper. The hues are those of Okabe and Ito's palette, which people with any kind of colour
 * blindness can tell apart (jfly.uni-koeln.de/color); fills are pale tints, so that dark text keeps a contrast above
 * 7 : 1. Colour never speaks alone: shape, border and line style say the same.
 */
export const ink = "#1c2733";
export const muted = "#55606e";
export const paper = "#ffffff";

export interface Paint {
  readonly fill: string;
  readonly line: string;
}

const blue: Paint = { fill: "#dcebf7", line: "#0072b2" };
const orange: Paint = { fill: "#fdeccc", line: "#b36b00" };
const green: Paint = { fill: "#d9f1e7", line: "#00795a" };
const purple: Paint = { fill: "#f7e4ef", line: "#a8487f" };
const vermillion: Paint = { fill: "#fbe4d6", line: "#b84d00" };
const yellow: Paint = { fill: "#fbf7d0", line: "#857a00" };
const grey: Paint = { fill: "#eceff3", line: "#6b7684" };
const plain: Paint = { fill: paper, line: "#4a5563" };

export const families: Record<Family, Paint> = { linear: blue, nonlinear: orange, plain };
export const derivative = vermillion;

export const kinds: Record<Exclude<NodeKind, "operation">, Paint> = {
  parameter: green,
  input: grey,
  state: purple,
  constant: { fill: paper, line: "#9aa4b0" },
  reference: { fill: paper, line: "#9aa4b0" },
  output: grey,
  fold: yellow,
};

export const edges: Record<EdgeKind, string> = {
  data: plain.line,
  parameter: green.line,
  state: purple.line,
  carry: purple.line,
  saved: "#9aa4b0",
};

/** Backgrounds of nested clusters: each level a little darker than the one around it. */
export const levels: readonly string[] = ["#f6f8fa", "#eef1f5", "#e6eaf0", "#dee3eb"];
export const clusterLine = "#b6c0cc";
export const stepLine = "#8d99a8";
export const sweepLine = vermillion.line;
export const loopLine = purple.line;

/** The gradient's ways back through time, each in a colour of its own, and what several have in common. */
export const paths: readonly string[] = ["#0072b2", "#d55e00", "#009e73", "#b0508a", "#c98a00", "#3a9bd9"];
export const several = ink;
