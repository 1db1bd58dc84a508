import type { PageData } from "../page-data.js";
import { App } from "./app.js";
import { PageGraph } from "./graph.js";
import { Layouter, workersOf } from "./layout.js";

/** What a block of data holds; `toHtml` wrote both. */
function read(id: string): unknown {
  const block = document.getElementById(id);
  block?.remove();
  return JSON.parse(block?.textContent ?? "null");
}

function isPageData(value: unknown): value is PageData {
  return typeof value === "object" && value !== null && "texts" in value && "nodes" in value;
}

// Graphviz is made ready while the browser still reads the data, which stand below.
const layouter = new Layouter(workersOf(String(read("layout"))));
document.addEventListener("DOMContentLoaded", () => {
  const data = read("data");
  if (!isPageData(data)) throw new Error("viewer: got no data, expected those of a tape");
  const app = new App(new PageGraph(data), layouter);
  document.body.replaceChildren(...app.elements);
  void app.start();
});
