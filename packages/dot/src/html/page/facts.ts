import type { Statistics } from "../page-data.js";
import { clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import { contentsText } from "./sizes.js";

const kindTexts = {
  operation: "operation",
  parameter: "parameter",
  input: "input",
  state: "state",
  constant: "constant",
  reference: "reference",
  output: "output",
  fold: "folded operations",
};

const clusterTexts = {
  root: "whole tape",
  scope: "scope",
  step: "time step",
  loop: "loop",
  sweep: "derivative sweep",
  range: "range",
};

export function kindText(graph: PageGraph, item: Item): string {
  if (isClusterItem(item)) return clusterTexts[graph.clusterKind(clusterOfItem(item))];
  const text = kindTexts[graph.kind(item)];
  return graph.paint(item) === "derivative" && text === "operation" ? "operation of a derivative" : text;
}

/** What an item is called in one line. */
export function headline(graph: PageGraph, item: Item): string {
  if (isClusterItem(item)) return graph.clusterTitle(clusterOfItem(item));
  const [name, operation] = [graph.name(item), graph.operation(item)];
  if (name === "") return operation || graph.type(item);
  return operation === "" ? name : `${name} = ${operation}`;
}

export function homeOf(graph: PageGraph, item: Item): number {
  return isClusterItem(item) ? graph.parent(clusterOfItem(item)) : graph.home(item);
}

/** Scopes around an item, the time step left out: `backward pass / lstm / forget`. */
export function scopeText(graph: PageGraph, item: Item): string {
  return graph
    .around(homeOf(graph, item))
    .filter((cluster) => !["range", "step"].includes(graph.clusterKind(cluster)))
    .map((cluster) => graph.clusterTitle(cluster))
    .reverse()
    .join(" / ");
}

/** Innermost time step around an item, as `3`. */
export function stepText(graph: PageGraph, item: Item): string {
  const step = graph.around(homeOf(graph, item)).find((cluster) => graph.clusterKind(cluster) === "step");
  return step === undefined ? "" : graph.clusterTitle(step).replace("t = ", "");
}

/** What is to be said of an item, names first. Empty ones are left out. */
export function factsOf(graph: PageGraph, item: Item): (readonly [string, string])[] {
  const own: readonly (readonly [string, string])[] = isClusterItem(item)
    ? [["holds", contentsText(graph, clusterOfItem(item))]]
    : [
        ["formula", graph.formula(item)],
        ["value", graph.type(item)],
      ];
  return [
    ...own,
    ["scope", scopeText(graph, item)] as const,
    ["time step", stepText(graph, item)] as const,
  ].filter(([, text]) => text !== "");
}

/** What a screen reader says. */
export function nameForReaders(graph: PageGraph, item: Item): string {
  const place = graph.path(homeOf(graph, item)).join(", ");
  const type = isClusterItem(item) ? contentsText(graph, clusterOfItem(item)) : graph.type(item);
  return [headline(graph, item), kindText(graph, item), type, place === "" ? "" : `in ${place}`]
    .filter((text) => text !== "")
    .join(", ");
}

/** Rows of numbers, by what they are. */
export function statisticsRows(numbers: Statistics): (readonly [string, string])[] {
  const text = (x: number | null): string => (x === null ? "none finite" : numeral(x));
  return [
    ["min", text(numbers.min)],
    ["max", text(numbers.max)],
    ["mean", text(numbers.mean)],
    ["norm", text(numbers.norm)],
    ["NaN", String(numbers.nan)],
    ["infinite", String(numbers.infinite)],
  ];
}

function numeral(x: number): string {
  return String(x).replaceAll("-", "−");
}
