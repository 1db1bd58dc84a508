import { html, type Html, type HtmlValue } from "../html.js";
import { drawChart, type Chart } from "./draw.js";
import { drawKey, type Line } from "./lines.js";

export interface Figure {
  readonly lines: readonly Line[];
  readonly chart: Chart;
  readonly caption: HtmlValue;
}

/** A chart with the key to its lines above and its caption below; a sentence when there is nothing to draw. */
export function drawFigure({ lines, chart, caption }: Figure): Html {
  const empty = lines.every(({ points }) => points.every(({ y }) => Number.isNaN(y)));
  return html`<figure>
    ${lines.length > 1 && !empty ? drawKey(lines) : undefined}
    ${empty ? html`<p class="nothing">There are no finite values to draw.</p>` : drawChart(chart)}
    <figcaption>${caption}</figcaption>
  </figure>`;
}
