import type { PageData } from "../page-data.js";
import { App } from "./app.js";
import { PageGraph } from "./graph.js";
import { Layouter } from "./layout.js";

/** What a block of data holds; the page that holds both is written by `toHtml`. */
function read<T>(id: string): T {
  const block = document.getElementById(id);
  const value: T = JSON.parse(block?.textContent ?? "null");
  block?.remove();
  return value;
}

// Graphviz is made ready beside this, while the data are read.
const layouter = new Layouter(read<string>("layout"));
const app = new App(new PageGraph(read<PageData>("data")), layouter);
document.body.replaceChildren(...app.elements);
void app.start();
