import * as Plot from "@observablehq/plot";
import { html, type Html } from "../html.js";
import type { ChartSize } from "./draw.js";
import { thin, type Point } from "./series.js";

/** How a line looks; colours are those of the style sheet, so that they suit light and dark. */
export interface LineStyle {
  readonly stroke: string;
  readonly strokeWidth: number;
  readonly strokeOpacity?: number;
  readonly strokeDasharray?: string;
}

/** A named line of a chart and of its key. */
export interface Line {
  readonly name: string;
  readonly style: LineStyle;
  readonly points: readonly Point[];
}

// Wide and pale below, narrow and strong above: both stay visible where a forecast meets the truth.
export const TRUTH: LineStyle = { stroke: "var(--truth)", strokeWidth: 4 };
export const MODEL: LineStyle = { stroke: "var(--model)", strokeWidth: 1.75 };
export const SECOND: LineStyle = { stroke: "var(--second)", strokeWidth: 1.75, strokeDasharray: "6 3" };

const NAIVE: readonly LineStyle[] = [
  { stroke: "var(--second)", strokeWidth: 1.25, strokeOpacity: 0.75, strokeDasharray: "5 3" },
  { stroke: "var(--third)", strokeWidth: 1.25, strokeOpacity: 0.75, strokeDasharray: "1.5 2.5" },
  { stroke: "var(--fourth)", strokeWidth: 1.25, strokeOpacity: 0.75, strokeDasharray: "7 2.5 1.5 2.5" },
];

export function naiveStyle(index: number): LineStyle {
  return NAIVE[index % NAIVE.length] ?? SECOND;
}

const SHORT = 40;

/** A line; when it is short, its points too, so that one between two gaps is not lost. */
export function drawLine({ points, style }: Line, { width }: ChartSize): Plot.Markish[] {
  const places = { x: "x", y: "y" };
  const line = Plot.line(thin(points, width), { ...places, ...style, strokeLinejoin: "round" });
  if (points.length > SHORT) return [line];
  const { stroke, strokeWidth, strokeOpacity = 1 } = style;
  return [
    line,
    Plot.dot(points, { ...places, r: strokeWidth + 0.5, fill: stroke, fillOpacity: strokeOpacity }),
  ];
}

/** The key to the lines of a chart. */
export function drawKey(lines: readonly Line[]): Html {
  return html`<ul class="key">
    ${lines.map(({ name, style }) => html`<li>${swatch(style)}${name}</li>`)}
  </ul>`;
}

function swatch({ stroke, strokeWidth, strokeOpacity = 1, strokeDasharray = "none" }: LineStyle): Html {
  return html`<svg aria-hidden="true" width="26" height="10">
    <line
      x1="0"
      x2="26"
      y1="5"
      y2="5"
      stroke="${stroke}"
      stroke-width="${strokeWidth}"
      stroke-opacity="${strokeOpacity}"
      stroke-dasharray="${strokeDasharray}"
    />
  </svg>`;
}
