import type { Tape } from "@tapeloop/core";
import type { Edge, GraphPath, OnPath } from "../graph/model.js";
import type { Beside } from "./beside.js";
import type { Sweep } from "./drawn.js";
import { WayFormulas } from "./ways.js";

/** The ways on which the gradient goes from one step to the one before, and what lies on them. */
export interface Paths {
  readonly list: readonly GraphPath[];
  /** What the formulas of several ways have in common. */
  readonly definitions: readonly string[];
  /** By node: its only path, or that it is on several. */
  readonly nodes: ReadonlyMap<string, OnPath>;
  readonly edges: ReadonlyMap<Edge, OnPath>;
  /** What the formulas are, loop by loop. */
  readonly formulas: readonly WayFormulas[];
}

/**
 * Finds the ways on which the gradient of each state of a loop goes back to the step before. Which way it is is told
 * by the last scope within the cell that it goes through, such as a gate.
 */
export function pathsOf(beside: Beside, edges: readonly Edge[]): Paths {
  const all = beside.sweeps.map((sweep) => new Ways(beside, sweep, edges));
  // One colour for a gate, whichever state it is about.
  const gates = [
    ...new Set(
      all.flatMap(({ keys, nodes }) =>
        [...keys, ...[...nodes.values()].flatMap((on) => [...on])].map(gateOf),
      ),
    ),
  ];
  const count = all.reduce((sum, { keys }) => sum + keys.length, 0);
  const onPath = (found: ReadonlySet<string>): OnPath | undefined => {
    const [only, ...others] = new Set([...found].map(gateOf));
    if (only === undefined) return undefined;
    return others.length === 0 && count > 1 ? gates.indexOf(only) : "several";
  };
  const marked = <K>(map: ReadonlyMap<K, ReadonlySet<string>>): [K, OnPath][] =>
    [...map].flatMap(([key, found]): [K, OnPath][] => {
      const on = onPath(found);
      return on === undefined ? [] : [[key, on]];
    });
  return {
    list: all.flatMap((ways) =>
      ways.keys.map((key) => ({
        text: ways.describe(key),
        path: count > 1 ? gates.indexOf(gateOf(key)) : ("several" as const),
      })),
    ),
    definitions: all.flatMap(({ formulas }) => formulas.definitions()),
    nodes: new Map(all.flatMap(({ nodes }) => marked(nodes))),
    edges: new Map(all.flatMap((ways) => marked(ways.edges))),
    formulas: all.map(({ formulas }) => formulas),
  };
}

/** In place of a scope: a way that meets none between a sum and its end. */
const STRAIGHT = "|";

function gateOf(key: string): string {
  return key.slice(key.indexOf("|") + 1);
}

class Ways {
  /** `name of the state|scope`, in the order of the program. */
  readonly keys: readonly string[];
  readonly nodes = new Map<string, Set<string>>();
  readonly edges = new Map<Edge, Set<string>>();
  readonly formulas: WayFormulas;
  readonly #beside: Beside;
  readonly #sweep: Sweep;
  readonly #outer: string;
  /** By state and node: the last scopes on the ways that lead there, with nothing for ways that meet none. */
  readonly #last = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();
  readonly #beginnings = new Map<string, ReadonlySet<string>>();

  constructor(beside: Beside, sweep: Sweep, edges: readonly Edge[]) {
    this.#beside = beside;
    this.#sweep = sweep;
    this.#outer = commonScope(sweep.body);
    const order = [...sweep.states.map(({ from }) => from), ...beside.formulas.keys()];
    const known = new Set(order);
    const inner = edges.filter(({ from, to, kind }) => kind !== "carry" && known.has(from) && known.has(to));
    for (const { name, to } of sweep.states) this.#follow(name, to, order, inner);
    for (const { name, from, to } of sweep.states) {
      for (const edge of edges) {
        if (edge.kind !== "carry" || edge.from !== to || edge.to !== from) continue;
        const found = this.nodes.get(to) ?? new Set();
        this.edges.set(edge, new Set([...found].filter((key) => key.startsWith(`${name}|`))));
      }
    }
    this.formulas = new WayFormulas(beside, sweep, {
      gateOf: (id) => this.#gateOf(id),
      lastGates: (state, id) => this.#last.get(state)?.get(id) ?? new Set(),
      isBeginning: (state, id) => this.#beginnings.get(state)?.has(id) === true,
      isOnOneWay: (id) => this.nodes.get(id)?.size === 1,
    });
    const gates = [...new Set(sweep.body.nodes.map(({ where }) => this.#gateIn(where.scope)))];
    const found = new Set(this.formulas.byKey.keys());
    this.keys = sweep.states
      .flatMap(({ name }) => [...gates, ""].map((gate) => `${name}|${gate}`))
      .filter((key, i, list) => found.has(key) && list.indexOf(key) === i);
  }

  describe(key: string): string {
    const [name, gate] = [key.slice(0, key.indexOf("|")), gateOf(key)];
    const way = gate === "" ? (this.keys.length === 1 ? "" : ", straight") : ` through ${this.#nameOf(gate)}`;
    return `dL/d${name.replace(/^d/, "")}ₜ₋₁${way}: ${this.formulas.textOf(key)}`;
  }

  /** Notes on which ways to one state each node and edge lies. */
  #follow(name: string, target: string, order: readonly string[], edges: readonly Edge[]): void {
    const [into, outOf] = [groupBy(edges, "to"), groupBy(edges, "from")];
    /** The last scopes before, and the last ones from here on, with nothing for ways that meet none. */
    const [before, after] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
    const beginnings = new Set<string>();
    this.#last.set(name, before);
    this.#beginnings.set(name, beginnings);
    const sources = new Set(this.#sweep.states.map(({ from }) => from));
    for (const id of order) {
      const gate = this.#gateOf(id);
      const passed = (into.get(id) ?? []).flatMap(({ from }) => [...(before.get(from) ?? [])]);
      // What is summed up under a name of its own is where formulas begin, and ways.
      if (this.#isBeginning(id) && passed.includes("")) beginnings.add(id);
      const all = sources.has(id) ? [...passed, ""] : beginnings.has(id) ? [""] : passed;
      if (all.length > 0) before.set(id, new Set(gate === "" ? all : [gate]));
    }
    for (const id of [...order].reverse()) {
      const gate = this.#gateOf(id);
      const coming = (outOf.get(id) ?? []).flatMap(({ to }) => [...(after.get(to) ?? [])]);
      const all = id === target ? [...coming, ""] : coming;
      const own = beginnings.has(id) ? STRAIGHT : gate;
      if (all.length > 0) after.set(id, new Set(all.map((last) => (last === "" ? own : last))));
    }
    const ways = (from: string, to: string): string[] => {
      const earlier = [...(before.get(from) ?? [])];
      const found = [...(after.get(to) ?? [])].flatMap((last) =>
        last === "" ? earlier : [last === STRAIGHT ? "" : last],
      );
      return earlier.length === 0 ? [] : found.map((gate) => `${name}|${gate}`);
    };
    for (const id of order) note(this.nodes, id, ways(id, id));
    for (const edge of edges) note(this.edges, edge, ways(edge.from, edge.to));
  }

  #isBeginning(id: string): boolean {
    const found = this.#beside.formulas.get(id);
    return found !== undefined && found.isSum && found.name !== "" && this.#gateIn(found.scope) === "";
  }

  #gateOf(id: string): string {
    const found = this.#beside.formulas.get(id);
    return found === undefined ? "" : this.#gateIn(found.scope);
  }

  #gateIn(scope: string): string {
    const rest =
      this.#outer === "" ? scope : scope === this.#outer ? "" : scope.slice(this.#outer.length + 1);
    return rest.split("/")[0] ?? "";
  }

  /** `f (forget)`: the label of the last value in a scope, and the scope. */
  #nameOf(gate: string): string {
    const inside = this.#sweep.body.nodes.filter(({ where }) => this.#gateIn(where.scope) === gate);
    const labels = inside.flatMap(({ outputs }) => outputs.map(({ label }) => label));
    const label = labels.findLast((text) => text !== undefined);
    return label === undefined ? gate : `${label} (${gate})`;
  }
}

function note<K>(map: Map<K, Set<string>>, key: K, found: readonly string[]): void {
  if (found.length > 0) map.set(key, new Set([...(map.get(key) ?? []), ...found]));
}

function groupBy(edges: readonly Edge[], end: "from" | "to"): Map<string, Edge[]> {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) groups.set(edge[end], [...(groups.get(edge[end]) ?? []), edge]);
  return groups;
}

/** The scope that all operations of a body have in common: the cell's. */
function commonScope({ nodes }: Tape): string {
  const paths = nodes.map(({ where }) => (where.scope === "" ? [] : where.scope.split("/")));
  const [first = []] = paths;
  const depth = first.findIndex((name, i) => paths.some((path) => path[i] !== name));
  return (depth < 0 ? first : first.slice(0, depth)).join("/");
}
