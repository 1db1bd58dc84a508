import { html } from "./dom.js";
import { headline } from "./facts.js";
import { isClusterItem, type Item, type PageGraph } from "./graph.js";
import { factList, statisticsTable } from "./panel.js";

/** What is shown beside the pointer. The panel says the same of what has the focus, so readers skip it. */
export class Tooltip {
  readonly element = html("div", { class: "tooltip", hidden: true, "aria-hidden": "true" });
  readonly #graph: PageGraph;
  #item: Item | undefined;

  constructor(graph: PageGraph) {
    this.#graph = graph;
  }

  show(item: Item, x: number, y: number): void {
    if (item !== this.#item) {
      this.#item = item;
      this.element.replaceChildren(
        html("strong", {}, headline(this.#graph, item) || "unnamed"),
        factList(this.#graph, item),
        ...(isClusterItem(item) ? [] : statisticsTable(this.#graph, this.#graph.value(item))),
      );
      this.element.hidden = false;
    }
    const { offsetWidth, offsetHeight } = this.element;
    const left = Math.min(x + 16, innerWidth - offsetWidth - 8);
    const top = y + 20 + offsetHeight > innerHeight ? y - offsetHeight - 12 : y + 20;
    this.element.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }

  hide(): void {
    this.#item = undefined;
    this.element.hidden = true;
  }
}
