import { clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import { sceneOf, type Scene } from "./scene.js";

/** Things drawn when the page opens, about. */
const FIRST_VIEW = 50;
/** Things drawn at most. */
const MOST = 300;

/** Which clusters are open. */
export class Folding {
  readonly #graph: PageGraph;
  /** Open clusters, those used longest ago first. */
  readonly #open = new Set<number>();
  readonly #pinned = new Set<number>();

  constructor(graph: PageGraph) {
    this.#graph = graph;
    this.reset();
  }

  isOpen(cluster: number): boolean {
    return cluster === 0 || this.#open.has(cluster);
  }

  scene(): Scene {
    return sceneOf(this.#graph, (cluster) => this.isOpen(cluster), this.#pinned);
  }

  /**
   * As the page opens: as much as can be read at once, from the outside in and in order. Within the first time step
   * everything comes before the other steps, and derivative sweeps come last. Ranges stay folded.
   */
  reset(): void {
    this.foldAll();
    const graph = this.#graph;
    let drawn = this.#contents(0);
    const waiting = this.#groups(0);
    const sweeps: number[][] = [];
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift() ?? sweeps.shift()) {
      const more = group.reduce((sum, cluster) => sum + this.#contents(cluster) - 1, 0);
      const [first = 0] = group;
      if (graph.clusterKind(first) === "sweep" && waiting.length > 0) {
        sweeps.push(group);
        continue;
      }
      if (drawn + more > FIRST_VIEW) continue;
      drawn += more;
      for (const cluster of group) this.#open.add(cluster);
      const inner = group.flatMap((cluster) => this.#groups(cluster));
      if (graph.clusterKind(first) === "step") waiting.unshift(...inner);
      else waiting.push(...inner);
    }
  }

  /** The clusters in a cluster that open together: the parts of a cell, such as its gates, and others one by one. */
  #groups(cluster: number): number[][] {
    const graph = this.#graph;
    const inner = (graph.children[cluster] ?? []).filter((c) => graph.clusterKind(c) !== "range");
    const scopes = inner.filter((c) => graph.clusterKind(c) === "scope");
    const others = inner.filter((c) => graph.clusterKind(c) !== "scope").map((c) => [c]);
    return cluster === 0 ? inner.map((c) => [c]) : scopes.length > 0 ? [scopes, ...others] : others;
  }

  foldAll(): void {
    this.#open.clear();
    this.#pinned.clear();
  }

  fold(cluster: number): void {
    this.#open.delete(cluster);
  }

  /** Opens a cluster and those around it. Returns clusters that were folded because too much would be drawn. */
  open(cluster: number): number[] {
    return this.#openAll(this.#graph.around(cluster));
  }

  /** Opens what is around an item, so that it is drawn. Returns clusters that were folded for it. */
  reveal(item: Item): number[] {
    if (isClusterItem(item)) return this.#openAll(this.#graph.around(clusterOfItem(item)).slice(1));
    this.#pinned.clear();
    this.#pinned.add(item);
    return this.#openAll(this.#graph.around(this.#graph.home(item)));
  }

  #openAll(clusters: readonly number[]): number[] {
    for (const each of [...clusters].reverse()) {
      this.#open.delete(each);
      this.#open.add(each);
    }
    const folded: number[] = [];
    for (const candidate of [...this.#open]) {
      if (this.scene().items.length <= MOST) break;
      if (clusters.includes(candidate)) continue;
      this.#open.delete(candidate);
      folded.push(candidate);
    }
    return folded;
  }

  /** Things directly in a cluster; of the values around the whole, those that count are folded with their readers. */
  #contents(cluster: number): number {
    const graph = this.#graph;
    const inner = graph.children[cluster] ?? [];
    let own = inner.length;
    for (let node = graph.first(cluster), next = 0; node < graph.end(cluster); node++) {
      const child = inner[next];
      if (child !== undefined && node === graph.first(child)) {
        node = graph.end(child) - 1;
        next++;
      } else if (cluster !== 0 || graph.kind(node) === "operation") own++;
    }
    return own;
  }
}
