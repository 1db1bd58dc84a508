import { clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import { sceneOf, type Scene } from "./scene.js";

/** Things drawn when the page opens, about. */
const FIRST_VIEW = 45;
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

  /** As the page opens: from the outside in, and in order, as much as can be read at once. */
  reset(): void {
    this.#open.clear();
    this.#pinned.clear();
    let drawn = this.#contents(0);
    let level = this.#graph.children[0] ?? [];
    while (level.length > 0) {
      const opened = level.filter((cluster) => {
        const more = this.#contents(cluster) - 1;
        if (drawn + more > FIRST_VIEW) return false;
        drawn += more;
        this.#open.add(cluster);
        return true;
      });
      level = opened.flatMap((cluster) => this.#graph.children[cluster] ?? []);
    }
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
