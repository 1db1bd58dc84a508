/** A point on the drawing, y downwards. */
export type Point = readonly [x: number, y: number];

/** Where Graphviz put things, by the names that they had in the DOT text. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centres of nodes. */
  readonly nodes: Readonly<Record<string, Point>>;
  /** Clusters: left, top, right, bottom, and the centre of the title. */
  readonly clusters: Readonly<Record<string, { readonly box: readonly number[]; readonly title: Point }>>;
  /** By their `id`. */
  readonly edges: Readonly<Record<string, EdgeLayout>>;
}

export interface EdgeLayout {
  /** Start, then three points for each Bézier curve. */
  readonly points: readonly Point[];
  /** The tip of the arrow; before the first point if the edge is written backwards. */
  readonly tip: Point | undefined;
  readonly backwards: boolean;
  readonly label: Point | undefined;
}

/** Reads Graphviz's output in its format `json0`. */
export function readLayout(text: string): Layout {
  const output: unknown = JSON.parse(text);
  const [, , width = 0, height = 0] = numbers(field(output, "bb"));
  const flip = ([x = 0, y = 0]: readonly number[]): Point => [x, height - y];
  const nodes: Record<string, Point> = {};
  const clusters: Record<string, { box: readonly number[]; title: Point }> = {};
  for (const object of list(output, "objects")) {
    const name = field(object, "name");
    if (name.startsWith("cluster_")) {
      const [left = 0, bottom = 0, right = 0, top = 0] = numbers(field(object, "bb"));
      const box = [left, height - top, right, height - bottom];
      clusters[name] = { box, title: flip(numbers(field(object, "lp"))) };
    } else nodes[name] = flip(numbers(field(object, "pos")));
  }
  const edges: Record<string, EdgeLayout> = {};
  for (const edge of list(output, "edges")) {
    const parts = field(edge, "pos").split(" ");
    const ends = parts.filter((part) => /^[es],/.test(part));
    const label = field(edge, "lp");
    const [end = ""] = ends;
    edges[field(edge, "id")] = {
      points: parts.filter((part) => !ends.includes(part)).map((part) => flip(numbers(part))),
      tip: end === "" ? undefined : flip(numbers(end.slice(2))),
      backwards: end.startsWith("s"),
      label: label === "" ? undefined : flip(numbers(label)),
    };
  }
  return { width, height, nodes, clusters, edges };
}

function numbers(text: string): number[] {
  return text.split(",").map(Number);
}

function list(value: unknown, key: string): readonly unknown[] {
  const found = property(value, key);
  return Array.isArray(found) ? found : [];
}

function field(value: unknown, key: string): string {
  const found = property(value, key);
  return typeof found === "string" ? found : "";
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([k]) => k === key)?.[1]
    : undefined;
}
