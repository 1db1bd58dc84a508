import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { html, trusted, type Html } from "../html.js";
import { formatTick } from "../numbers.js";

/** Room for a drawing, in CSS pixels. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

export interface Chart {
  /** What the chart says, in words, for those who cannot see it. */
  readonly description: string;
  /** Height on a wide screen; 300 pixels unless told. */
  readonly height?: number;
  /** The drawing for the room there is. */
  readonly plot: (size: ChartSize) => Plot.PlotOptions;
}

const WIDE = 860;
const NARROW = 350;
const CHARACTER_WIDTH = 7;

/**
 * Draws a chart as two static SVG pictures, of which the style sheet shows one: a wide one, and one for phones
 * whose lettering is of the same size.
 */
export function drawChart({ description, height = 300, plot }: Chart): Html {
  const wide = draw(plot, { width: WIDE, height });
  const narrow = draw(plot, { width: NARROW, height: Math.round(height * 0.8) });
  return html`${svg(wide, "wide", description)}${svg(narrow, "narrow", description)}`;
}

interface Drawing extends ChartSize {
  readonly content: string;
}

function svg({ content, width, height }: Drawing, className: string, description: string): Html {
  return html`<svg
    class="chart ${className}"
    role="img"
    aria-label="${description}"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    font-size="12"
    text-anchor="middle"
    fill="currentColor"
  >
    ${trusted(content)}
  </svg>`;
}

function draw(plot: Chart["plot"], size: ChartSize): Drawing {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const render = (marginLeft: number) => {
    return Plot.plot({
      ...size,
      marginLeft,
      marginTop: 28,
      marginRight: 14,
      marginBottom: 34,
      document,
      ...plot(size),
    });
  };
  const first = render(40);
  // The room for the tick labels is known when they are: draw again if 40 pixels do not hold them.
  const labels = [...first.querySelectorAll('[aria-label="y-axis tick label"] text')];
  const longest = Math.max(0, ...labels.map((label) => label.textContent.length));
  const needed = longest * CHARACTER_WIDTH + 14;
  const drawing = needed > 40 ? render(needed) : first;
  // Its style sheet would be refused by the page's security policy, which knows one style sheet only.
  drawing.querySelector("style")?.remove();
  return { ...size, content: drawing.innerHTML };
}

/** The vertical axis of a chart: its scale, and the rules and lettering drawn for it. */
export interface ValueAxis {
  readonly scale: Plot.ScaleOptions;
  readonly marks: readonly Plot.Markish[];
}

/** A vertical axis of numbers that covers `range`; on a logarithmic one, `range` must be positive. */
export function valueAxis(label: string, range: readonly [number, number], log: boolean): ValueAxis {
  const style = { tickSize: 0, label, labelArrow: "none", fill: "var(--quiet)" } as const;
  const ticks = log ? logTicks(range) : 5;
  return {
    scale: log ? { type: "log", domain: [...range] } : { domain: widen(range), nice: true },
    marks: [
      Plot.gridY({ ticks, stroke: "currentColor", strokeOpacity: 0.12 }),
      // Given as `tickFormat`, the lettering of a logarithmic axis would lose every tick but a few.
      log
        ? Plot.axisY(logTicks(range), { ...style, text: formatTick })
        : Plot.axisY({ ...style, ticks, tickFormat: formatTick }),
    ],
  };
}

/** A horizontal axis that counts: epochs, time steps. */
export function countAxis(
  label: string,
  last: number,
  width: number,
): { scale: Plot.ScaleOptions; mark: Plot.Markish } {
  const ticks = Math.max(1, Math.min(last - 1, Math.floor(width / 60), 12));
  const style = { tickSize: 4, fill: "var(--quiet)", stroke: "var(--quiet)", labelArrow: "none" } as const;
  return {
    scale: { type: "linear", domain: [1, Math.max(2, last)] },
    mark: Plot.axisX({ ...style, ticks, tickFormat: formatTick, label }),
  };
}

/** A constant series needs some room above and below. */
function widen([low, high]: readonly [number, number]): number[] {
  const room = low < high ? 0 : Math.abs(low) || 1;
  return [low - room, high + room];
}

/** Powers of ten between two positive numbers, with 2 and 5 times them when there is room for these. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.ceil((to - from) / 7);
  const multiples = to - from <= 3 ? [1, 2, 5] : [1];
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => from + index)
    .filter((exponent) => exponent % every === 0)
    .flatMap((exponent) => multiples.map((multiple) => Number(`${multiple}e${exponent}`)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}
