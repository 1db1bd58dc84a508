import type { Drawing } from "./drawing.js";
import type { Following } from "./following.js";
import { isClusterItem, type Item, type PageGraph } from "./graph.js";

/** Marks the chosen item and its edges; while a value is followed, its uses, and what has nothing to do with it. */
export function highlight(
  graph: PageGraph,
  { stage, items, edges }: Drawing,
  current: Item | undefined,
  following: Following | undefined,
): void {
  stage.classList.toggle("following", following !== undefined);
  for (const { item, element } of items.values()) {
    const uses = following?.count(graph, item) ?? 0;
    const isValue = following !== undefined && !isClusterItem(item) && graph.value(item) === following.value;
    element.classList.toggle("current", item === current);
    element.classList.toggle("use", uses > 0);
    element.classList.toggle("followed", isValue);
  }
  for (const { edge, element } of edges) {
    const carries =
      following !== undefined && !isClusterItem(edge.from) && graph.value(edge.from) === following.value;
    element.classList.toggle("near", edge.from === current || edge.to === current);
    element.classList.toggle("followed", carries);
  }
}
