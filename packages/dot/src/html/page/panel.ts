import { count } from "../../graph/text.js";
import { button, html } from "./dom.js";
import { factsOf, headline, kindText, scopeText, statisticsRows, stepText } from "./facts.js";
import { followable, useCounts } from "./following.js";
import { clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import { help } from "./help.js";
import { sourceElement } from "./source.js";

/** What the panel's buttons do. */
export interface PanelActions {
  readonly go: (item: Item) => void;
  readonly toggle: (cluster: number) => void;
  readonly follow: (node: number) => void;
}

/** Operands or readers that are listed at once. */
const LISTED = 12;

/** What the panel says of one item. */
export function itemPanel(
  graph: PageGraph,
  item: Item,
  isOpen: boolean,
  actions: PanelActions,
): readonly Node[] {
  const heading = [
    html("p", { class: "kind" }, kindText(graph, item)),
    html("h2", {}, headline(graph, item) || "unnamed"),
    factList(graph, item),
  ];
  if (isClusterItem(item)) {
    const cluster = clusterOfItem(item);
    return [...heading, button(isOpen ? "Fold" : "Open", () => actions.toggle(cluster), { class: "main" })];
  }
  const value = graph.value(item);
  return [
    ...heading,
    ...statisticsTable(graph, value),
    button("Follow through the tape", () => actions.follow(value), { class: "main" }),
    ...itemList(
      graph,
      "Reads",
      graph.incoming(item).map((e) => graph.from[e] ?? 0),
      actions,
    ),
    ...itemList(
      graph,
      "Read by",
      graph.outgoing(item).map((e) => graph.to[e] ?? 0),
      actions,
    ),
  ];
}

/** Names and texts of what is known of an item. */
export function factList(graph: PageGraph, item: Item): HTMLElement {
  const list = html("dl");
  for (const [name, text] of factsOf(graph, item)) list.append(html("dt", {}, name), html("dd", {}, text));
  const source = isClusterItem(item) ? undefined : sourceElement(graph.source(item), graph.data.editor);
  if (source !== undefined) list.append(html("dt", {}, "source"), html("dd", {}, source));
  return list;
}

/** Statistics of a node's value and gradient, side by side; nothing where there are none. */
export function statisticsTable(graph: PageGraph, node: number): readonly Node[] {
  const columns = [
    ["value", graph.values.get(node)] as const,
    ["gradient", graph.gradients.get(node)] as const,
  ].flatMap(([name, numbers]) => (numbers === undefined ? [] : [{ name, rows: statisticsRows(numbers) }]));
  if (columns.length === 0) return [];
  const header = html("tr", {}, html("td"), ...columns.map(({ name }) => html("th", { scope: "col" }, name)));
  const rows = (columns[0]?.rows ?? []).map(([name], i) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, name),
      ...columns.map(({ rows }) => html("td", {}, rows[i]?.[1] ?? "")),
    ),
  );
  return [html("table", {}, html("thead", {}, header), html("tbody", {}, ...rows))];
}

function itemList(
  graph: PageGraph,
  title: string,
  items: readonly Item[],
  { go }: PanelActions,
): readonly Node[] {
  if (items.length === 0) return [];
  const list = html("ul");
  for (const item of items.slice(0, LISTED))
    list.append(
      html(
        "li",
        {},
        itemButton(graph, item, () => go(item)),
      ),
    );
  const more = items.length - LISTED;
  if (more > 0) list.append(html("li", { class: "more" }, `and ${count(more, "other")}`));
  return [html("h3", {}, title), list];
}

/** A button with an item's name and where it is. */
export function itemButton(graph: PageGraph, item: Item, onClick: () => void): HTMLButtonElement {
  const made = button("", onClick, { class: "entry" });
  made.append(...itemTexts(graph, item));
  return made;
}

export function itemTexts(graph: PageGraph, item: Item): readonly Node[] {
  const step = stepText(graph, item);
  const place = [scopeText(graph, item), step === "" ? "" : `t = ${step}`].filter((text) => text !== "");
  return [
    html("span", { class: "what" }, headline(graph, item) || "unnamed"),
    html(
      "span",
      { class: "where" },
      [isClusterItem(item) ? "" : graph.type(item), ...place].filter(Boolean).join(" · "),
    ),
  ];
}

/** What the panel says while nothing is chosen. */
export function overview(graph: PageGraph, actions: PanelActions): readonly Node[] {
  const counts = useCounts(graph);
  const values = followable(graph);
  let operations = 0;
  for (let node = 0; node < graph.nodes; node++) if (graph.kind(node) === "operation") operations++;
  const kind = values.some((node) => graph.kind(node) === "parameter") ? "Parameters" : "Inputs";
  const list = html("ul");
  for (const node of values.slice(0, 100)) {
    const made = button("", () => actions.follow(node), { class: "entry" });
    made.append(
      html("span", { class: "what" }, headline(graph, node) || "unnamed"),
      html("span", { class: "where" }, `${graph.type(node)} · ${count(counts[node] ?? 0, "use")}`),
    );
    list.append(html("li", {}, made));
  }
  return [
    html("p", { class: "kind" }, "whole tape"),
    html("h2", {}, count(operations, "operation")),
    ...(values.length === 0
      ? []
      : [
          html("h3", {}, kind),
          html("p", { class: "hint" }, "Choose one to follow it through the tape."),
          list,
        ]),
    ...help(),
  ];
}
