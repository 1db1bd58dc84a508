import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Draws a chart as an SVG file with a ground of its own: a page may be dark. */
export function chart(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const style = {
    background: "white",
    color: "#222",
    fontSize: "12px",
    fontFamily: "system-ui, sans-serif",
  };
  const { outerHTML } = Plot.plot({ document, width: 760, style, ...options });
  const ground = '<rect width="100%" height="100%" fill="white"/>';
  return `${outerHTML.replace(/<svg([^>]*)>/, `<svg xmlns="http://www.w3.org/2000/svg"$1>${ground}`)}\n`;
}

export const COLOURS = ["#0072b2", "#d55e00", "#009e73"] as const;
