import { isCluster, nodesOf, type Cluster, type GraphNode } from "../../graph/model.js";
import type { PageClusterKind } from "../page-data.js";

/** A cluster of a page: as in a graph, and with ranges. */
export interface PageCluster {
  readonly kind: PageClusterKind;
  readonly title: string;
  readonly standIns: readonly GraphNode[];
  readonly items: readonly PageItem[];
}

export type PageItem = GraphNode | PageCluster;

export function isPageCluster(item: PageItem): item is PageCluster {
  return "items" in item;
}

/** Steps of a loop that stand side by side without a range around them. */
const STEPS = 6;
/** Operations that do so. */
const OPERATIONS = 40;
/** Ranges of operations that do so. */
const RANGES = 12;
/** Things of any kind that do so. */
const ITEMS = 60;

/**
 * The tree of clusters with long runs of steps or operations put into ranges, ranges of ranges where they are very
 * long: whatever is opened shows few things. Clusters that hold nothing are left out.
 */
export function withRanges(cluster: Cluster): PageCluster {
  const items = cluster.items.flatMap((item): PageItem[] => {
    if (!isCluster(item)) return [item];
    return nodesOf(item).length === 0 ? [] : [withRanges(item)];
  });
  const grouped = groupRuns(items);
  return {
    kind: cluster.kind,
    title: cluster.title,
    standIns: cluster.standIns,
    items: grouped.length > ITEMS ? groupItems(grouped) : grouped,
  };
}

function groupRuns(items: readonly PageItem[]): PageItem[] {
  const result: PageItem[] = [];
  for (let i = 0; i < items.length;) {
    const kind = runKind(items[i]);
    let end = i + 1;
    while (end < items.length && kind !== undefined && runKind(items[end]) === kind) end++;
    const run = items.slice(i, end);
    result.push(...(kind === "steps" ? groupSteps(run) : kind === "nodes" ? groupItems(run) : run));
    i = end;
  }
  return result;
}

function runKind(item: PageItem | undefined): "steps" | "nodes" | undefined {
  if (item === undefined) return undefined;
  if (!isPageCluster(item)) return "nodes";
  return item.kind === "step" ? "steps" : undefined;
}

/** The first step, those between, and the last. */
function groupSteps(steps: readonly PageItem[]): readonly PageItem[] {
  if (steps.length <= STEPS) return steps;
  return [...steps.slice(0, 1), ...decades(steps.slice(1, -1)), ...steps.slice(-1)];
}

/** Steps in one range that holds ranges of a hundred, of ten, …, so that some clicks lead to any of them. */
function decades(steps: readonly PageItem[]): PageItem[] {
  const numbers = steps.map(stepNumber);
  let size = 1;
  while (steps.length > 10 * size) size *= 10;
  const parts: PageItem[][] = [];
  steps.forEach((step, i) => {
    const decade = (at: number): number => Math.floor((numbers[at] ?? 0) / size);
    if (i > 0 && decade(i) === decade(i - 1)) parts.at(-1)?.push(step);
    else parts.push([step]);
  });
  const inner = size === 1 ? steps : parts.flatMap((part) => (part.length === 1 ? part : decades(part)));
  const last = titleOf(steps.at(-1)).replace("t = ", "");
  return [{ kind: "range", title: `${titleOf(steps[0])} … ${last}`, standIns: [], items: inner }];
}

function titleOf(item: PageItem | undefined): string {
  return item !== undefined && isPageCluster(item) ? item.title : "";
}

function stepNumber(item: PageItem): number {
  return Number(/\d+$/.exec(titleOf(item))?.[0] ?? 0);
}

/** @param before how many items of the run stand before these */
function groupItems(items: readonly PageItem[], before = 0): readonly PageItem[] {
  if (items.length <= OPERATIONS) return items;
  let size = 20;
  while (items.length > RANGES * size) size *= 10;
  const ranges: PageItem[] = [];
  for (let i = 0; i < items.length; i += size) {
    const part = items.slice(i, i + size);
    const title = `${nounOf(part)} ${before + i + 1} … ${before + i + part.length}`;
    ranges.push({ kind: "range", title, standIns: [], items: groupItems(part, before + i) });
  }
  return ranges;
}

function nounOf(items: readonly PageItem[]): string {
  if (items.some(isPageCluster)) return "parts";
  return items.every((item) => !isPageCluster(item) && item.kind === "output") ? "outputs" : "operations";
}
