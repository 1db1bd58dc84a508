import { isTensor, type SourceLine, type TapeNode, type Tensor } from "@tapeloop/core";
import { typeText } from "../../dot/nodes.js";
import { nodesOf, type Edge, type Graph, type GraphNode } from "../../graph/model.js";
import {
  edgeKinds,
  kinds,
  paints,
  type PageData,
  type Statistics,
  type StatisticsRow,
} from "../page-data.js";
import { formulaOf } from "./formula.js";
import { isPageCluster, withRanges, type PageCluster } from "./ranges.js";
import { statisticsOf } from "./statistics.js";
import { Texts } from "./texts.js";

export interface CollectOptions {
  readonly title: string;
  readonly values: boolean;
  readonly gradients: ReadonlyMap<Tensor, Tensor>;
  readonly editor: boolean;
}

/** The data of a graph's page. */
export function pageData(graph: Graph, options: CollectOptions): PageData {
  const { title, values, gradients, editor } = options;
  const texts = new Texts();
  const walk = new Walk(texts);
  walk.cluster(withRanges(graph.root), -1);
  const { nodes, clusters, clusterOf } = walk;
  const producers = producersOf(nodes);
  const sourceText = sourceTexts(nodes, editor);
  const digits = (pick: (node: GraphNode) => number): string => nodes.map(pick).join("");
  return {
    title: texts.all[texts.of(title)] ?? "",
    texts: texts.all,
    nodes: {
      kind: digits(({ kind }) => kinds.indexOf(kind)),
      paint: digits(({ family, derivative }) => paints.indexOf(derivative ? "derivative" : family)),
      operation: nodes.map(({ operation }) => texts.of(operation)),
      name: nodes.map(({ name }) => texts.of(name)),
      type: nodes.map(({ types }) => texts.of(types.map(typeText).join(", "))),
      cluster: clusterOf,
      formula: nodes.map(({ tapeNode }) =>
        tapeNode === undefined ? 0 : texts.of(formulaOf(tapeNode, producers)),
      ),
      source: nodes.map(({ tapeNode }) => texts.of(sourceText(tapeNode?.where.source))),
      repeats: walk.repeats(),
    },
    inputs: walk.inputs(),
    clusters,
    edges: edgeColumns(graph.edges, walk, texts),
    values: values ? statistics(nodes, (t) => t) : [],
    gradients: gradients.size > 0 ? statistics(nodes, (t) => gradients.get(t)) : [],
    editor,
  };
}

/** Numbers the nodes: those of a cluster follow each other. */
class Walk {
  readonly nodes: GraphNode[] = [];
  readonly clusterOf: number[] = [];
  readonly clusters = {
    kind: [] as PageCluster["kind"][],
    title: [] as number[],
    parent: [] as number[],
    first: [] as number[],
    end: [] as number[],
  };
  readonly #texts: Texts;
  readonly #numbers = new Map<string, number>();
  /** Ids of nodes that are not drawn → ids of those that are drawn instead. */
  readonly #instead = new Map<string, string>();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  cluster({ kind, title, standIns, items }: PageCluster, parent: number): void {
    const { clusters } = this;
    const at = clusters.kind.push(kind) - 1;
    clusters.title.push(this.#texts.of(title));
    clusters.parent.push(parent);
    clusters.first.push(this.nodes.length);
    clusters.end.push(0);
    const here = new Map<string, string>();
    for (const node of standIns) {
      const value = node.of ?? node.id;
      const same = node.kind === "reference" ? node.of : here.get(value);
      // What is drawn is never so large that a value must be named instead of connected, or stand there twice.
      if (same !== undefined) this.#instead.set(node.id, same);
      else {
        here.set(value, node.id);
        this.#add(node, at);
      }
    }
    for (const item of items) {
      if (isPageCluster(item)) this.cluster(item, at);
      else this.#add(item, at);
    }
    clusters.end[at] = this.nodes.length;
  }

  #add(node: GraphNode, cluster: number): void {
    this.#numbers.set(node.id, this.nodes.push(node) - 1);
    this.clusterOf.push(cluster);
  }

  number(id: string): number | undefined {
    return this.#numbers.get(this.#instead.get(id) ?? id);
  }

  /** The first node of each of the tape's inputs, whose ids count them. */
  inputs(): number[] {
    const firsts = new Map<number, number>();
    this.nodes.forEach(({ id, of = id }, i) => {
      const position = /^i(\d+)$/.exec(of)?.[1];
      if (position !== undefined && !firsts.has(Number(position))) firsts.set(Number(position), i);
    });
    return [...firsts].sort(([a], [b]) => a - b).map(([, node]) => node);
  }

  repeats(): (readonly [number, number])[] {
    const firsts = new Map<string, number>();
    return this.nodes.flatMap(({ id, of = id }, i): [number, number][] => {
      const first = firsts.get(of);
      if (first === undefined) firsts.set(of, i);
      return first === undefined ? [] : [[i, first]];
    });
  }
}

function edgeColumns(edges: readonly Edge[], walk: Walk, texts: Texts): PageData["edges"] {
  const numbered = edges.flatMap(({ from: a, to: b, ...edge }) => {
    const [from, to] = [walk.number(a), walk.number(b)];
    return from === undefined || to === undefined ? [] : [{ ...edge, from, to }];
  });
  // By the node they go to; operands stay in order.
  numbered.sort((a, b) => a.to - b.to);
  return {
    back: numbered.map(({ from, to }) => to - from),
    on: numbered.map(({ to }, i) => to - (numbered[i - 1]?.to ?? 0)),
    kind: numbered.map(({ kind }) => edgeKinds.indexOf(kind)).join(""),
    label: numbered.flatMap(({ label }, i) => (label === "" ? [] : [[i, texts.of(label)]])),
    type: numbered.flatMap(({ type }, i) => (type === undefined ? [] : [[i, texts.of(typeText(type))]])),
  };
}

function producersOf(nodes: readonly GraphNode[]): Map<Tensor, TapeNode> {
  return new Map(
    nodes.flatMap(({ tapeNode }) => tapeNode?.outputs.map((t): [Tensor, TapeNode] => [t, tapeNode]) ?? []),
  );
}

function statistics(
  nodes: readonly GraphNode[],
  tensorFor: (t: Tensor) => Tensor | undefined,
): StatisticsRow[] {
  const known = new Map<Tensor, Statistics | undefined>();
  return nodes.flatMap(({ types: [type] }, i): StatisticsRow[] => {
    const t = isTensor(type) ? tensorFor(type) : undefined;
    if (t === undefined) return [];
    if (!known.has(t)) known.set(t, statisticsOf(t));
    const numbers = known.get(t);
    if (numbers === undefined) return [];
    const { min, max, mean, norm, nan, infinite } = numbers;
    return [nan + infinite === 0 ? [i, min, max, mean, norm] : [i, min, max, mean, norm, nan, infinite]];
  });
}

/** How lines of the program are written: an editor needs whole paths, a reader what sets them apart. */
function sourceTexts(
  nodes: readonly GraphNode[],
  whole: boolean,
): (source: SourceLine | undefined) => string {
  const folders = nodes.flatMap(({ tapeNode }) => {
    const file = tapeNode?.where.source?.file;
    return file === undefined ? [] : [file.slice(0, file.search(/[^\\/]*$/))];
  });
  const common = whole ? 0 : folders.reduce(commonStart, folders[0] ?? "").length;
  return (source) =>
    source === undefined ? "" : `${source.file.slice(common)}:${source.line}:${source.column}`;
}

/** The folders that both paths begin with. */
function commonStart(a: string, b: string): string {
  if (b.startsWith(a)) return a;
  let n = 0;
  while (n < a.length && a[n] === b[n]) n++;
  return a.slice(0, a.slice(0, n).search(/[^\\/]*$/));
}

/** How many operations a graph holds. */
export function operations({ root }: Graph): number {
  return nodesOf(root).filter(({ kind }) => kind === "operation").length;
}
