import { renderGraphFromSource } from "graphviz-cli";

/** A diagram as an SVG file, drawn by Graphviz 5. */
export async function render(dot: string): Promise<string> {
  const svg = await renderGraphFromSource({ input: dot }, { format: "svg" });
  // Comments repeat what the DOT text says.
  return svg.replace(/<!--[^]*?-->\n?/g, "");
}
