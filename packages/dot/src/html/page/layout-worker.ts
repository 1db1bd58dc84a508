import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { readLayout } from "./read-layout.js";
import type { LayoutReply, LayoutRequest } from "./layout.js";

/** Loaded at once: the page asks as soon as it has read its data. */
const loading = Graphviz.load();

self.addEventListener("message", ({ data }: MessageEvent<LayoutRequest>) => {
  void answer(data).then((reply) => self.postMessage(reply));
});

async function answer({ id, dot }: LayoutRequest): Promise<LayoutReply> {
  try {
    const graphviz = await loading;
    return { id, layout: readLayout(graphviz.layout(dot, "json", "dot")) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
