import type { EdgeKind, Family, NodeKind } from "../graph/model.js";
import type { Paint } from "./palette.js";

/**
 * Colours of a drawing on a dark page: the hues of the light one, with fills so dark that light text keeps a contrast
 * above 7 : 1.
 */
export const ink = "#e6ebf0";
export const muted = "#a9b4c0";
export const paper = "#0d1117";

const blue: Paint = { fill: "#12314a", line: "#56b4e9" };
const orange: Paint = { fill: "#3d2c0c", line: "#e6a53a" };
const green: Paint = { fill: "#0e3529", line: "#35c496" };
const purple: Paint = { fill: "#3a2033", line: "#d98cb8" };
const vermillion: Paint = { fill: "#43220f", line: "#ec7f45" };
const yellow: Paint = { fill: "#37330c", line: "#d8cb4a" };
const grey: Paint = { fill: "#242b34", line: "#8d99a8" };
const plain: Paint = { fill: "#161c24", line: "#9aa7b5" };

export const families: Record<Family, Paint> = { linear: blue, nonlinear: orange, plain };
export const derivative = vermillion;

export const kinds: Record<Exclude<NodeKind, "operation">, Paint> = {
  parameter: green,
  input: grey,
  state: purple,
  constant: { fill: paper, line: "#6b7684" },
  reference: { fill: paper, line: "#6b7684" },
  output: grey,
  fold: yellow,
};

export const edges: Record<EdgeKind, string> = {
  data: plain.line,
  parameter: green.line,
  state: purple.line,
  carry: purple.line,
  saved: "#6b7684",
};

/** Backgrounds of nested clusters: each level a little lighter than the one around it. */
export const levels: readonly string[] = ["#12171f", "#171d26", "#1c232d", "#212934"];
export const clusterLine = "#3a4552";
export const stepLine = "#55606e";
export const sweepLine = vermillion.line;
export const loopLine = purple.line;

export const paths: readonly string[] = ["#56b4e9", "#ec7f45", "#35c496", "#e39ac4", "#f0c04a", "#9db8ff"];
export const several = ink;
