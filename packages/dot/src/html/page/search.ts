import { clusterItem, type Item, type PageGraph } from "./graph.js";

export interface Hits {
  /** The first of them. */
  readonly items: readonly Item[];
  readonly total: number;
}

/** Fields that a word can be limited to: `op:tanh`. */
const fields = ["op", "name", "shape", "scope", "t"] as const;
type Field = (typeof fields)[number];

interface Term {
  readonly field: Field | undefined;
  readonly text: string;
}

/** Finds clusters and nodes that have all words of a query. Every word may stand anywhere unless it names a field. */
export function search(graph: PageGraph, query: string, limit: number): Hits {
  const terms = termsOf(query);
  if (terms.length === 0) return { items: [], total: 0 };
  const items: Item[] = [];
  let total = 0;
  const found = (item: Item): void => {
    total++;
    if (items.length < limit) items.push(item);
  };
  const paths = new Map<number, { readonly scope: string; readonly t: string }>();
  const pathOf = (cluster: number): { readonly scope: string; readonly t: string } => {
    const known = paths.get(cluster);
    if (known !== undefined) return known;
    const step = graph.around(cluster).find((c) => graph.clusterKind(c) === "step");
    const path = {
      scope: graph.path(cluster).join("/").toLowerCase(),
      t: step === undefined ? "" : graph.clusterTitle(step).replace("t = ", ""),
    };
    paths.set(cluster, path);
    return path;
  };
  for (let cluster = 1; cluster < graph.clusters; cluster++) {
    const name = graph.clusterTitle(cluster).toLowerCase();
    if (matches(terms, { op: "", name, shape: "", scope: "", t: "" })) found(clusterItem(cluster));
  }
  for (let node = 0; node < graph.nodes; node++) {
    // Of a value that stands in several places, the first.
    if (graph.value(node) !== node) continue;
    const record = {
      op: graph.operation(node).toLowerCase(),
      name: graph.name(node).toLowerCase(),
      shape: graph.type(node).toLowerCase(),
      ...pathOf(graph.home(node)),
    };
    if (matches(terms, record)) found(node);
  }
  return { items, total };
}

/** Words; those in double quotes or square brackets hold spaces. */
function termsOf(query: string): Term[] {
  const words = query.toLowerCase().match(/(?:"[^"]*"|\[[^\]]*\]?|[^\s"[])+/g) ?? [];
  return words.map((word) => {
    const field = fields.find((name) => word.startsWith(`${name}:`));
    const text = field === undefined ? word : word.slice(field.length + 1);
    return { field, text: text.replaceAll('"', "") };
  });
}

function matches(terms: readonly Term[], record: Readonly<Record<Field, string>>): boolean {
  return terms.every(({ field, text }) => {
    // A time step is a number: 3 is not 30.
    if (field === "t") return record.t === text;
    if (field !== undefined) return record[field].includes(text);
    return fields.some((name) => name !== "t" && record[name].includes(text));
  });
}
