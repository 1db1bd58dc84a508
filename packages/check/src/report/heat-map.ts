import { checkList, optionsOf } from "@tapeloop/core";
import { clipped, px, quoted, raised } from "../svg/svg.js";
import type { Verdict } from "../verdict.js";

/** One row of a heat map. */
export interface HeatMapRow {
  /** The parameter, such as `params.wf`. */
  readonly path: string;
  /** The relative error of its gradient at each time step. */
  readonly errors: readonly number[];
  /** Drawn in the place of `errors`, if given: the error as a part of the largest entry at that step alone. */
  readonly relative?: readonly number[];
  /** What the check said of it at each time step. */
  readonly verdicts: readonly Verdict[];
}

/** What a heat map shows. */
export interface HeatMapOptions {
  readonly rows: readonly HeatMapRow[];
  /** Time steps: the length of each row. */
  readonly steps: number;
  readonly title: string;
  /** A line below the title. */
  readonly note?: string;
}

const [LEFT_MOST, TOP, RIGHT, ROW] = [220, 68, 24, 26];
/** Width of the legend. */
const LEGEND = 420;
/** Errors of 10⁻¹⁶ and less have the first colour, those of 1 and more the last. */
const [LOWEST, HIGHEST] = [-16, 0];

/**
 * From pale to dark and from yellow to purple, so that it reads in grey and for the colour-blind (after the idea of
 * Smith & van der Walt's viridis: lightness alone tells the order).
 */
const COLOURS = [
  "#fdf3c4",
  "#f7d98b",
  "#f0b56a",
  "#e38c5d",
  "#cb645f",
  "#a84467",
  "#7c2f6b",
  "#4a2163",
] as const;

const STYLE = `
  text { font: 13px system-ui, sans-serif } .title { font-size: 15px; font-weight: 600 }
  .ground { fill: #ffffff } .ink { fill: #222222 } .faint { fill: #666666 }
  .fail { fill: none; stroke: #000000; stroke-width: 2 }
  .open { fill: none; stroke: #0072b2; stroke-width: 2; stroke-dasharray: 3 2 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #161a1d } .ink { fill: #eeeeee } .faint { fill: #aaaaaa }
    .fail { stroke: #ffffff } .open { stroke: #56b4e9 }
  }`;

/**
 * The error of each parameter's gradient at each time step as a self-contained SVG: a row per parameter, a column per
 * step, dark where the error is large. Steps that failed are framed, those that are undecided have a dashed frame. A
 * recurrence that is cut at step k shows as a dark block from the first step up to k.
 */
export function heatMap(options: HeatMapOptions): string {
  const { rows, steps, title, note = "" } = optionsOf("heatMap", options);
  checkList("heatMap", "rows", rows);
  const left = Math.min(LEFT_MOST, 24 + 7.6 * Math.max(12, ...rows.map(({ path }) => path.length)));
  const size = Math.max(3, Math.min(ROW, 720 / Math.max(steps, 1)));
  const width = Math.max(left + steps * size + RIGHT, left + LEGEND);
  const bottom = TOP + rows.length * ROW;
  const height = bottom + 104;
  const label = `${title}. ${note}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" ` +
      `height="${px(height)}" role="img" aria-label="${quoted(label)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${px(width)}" height="${px(height)}"/>`,
    `<text class="ink title" x="24" y="26">${quoted(title)}</text>`,
    `<text class="faint" x="24" y="48">${quoted(clipped(note, Math.floor((width - 48) / 6.6)))}</text>`,
    ...rows.flatMap((row, i) => drawRow(row, { left, size, top: TOP + i * ROW, steps })),
    ...timeAxis(steps, left, size, bottom),
    ...legend(left, bottom + 66),
    "</svg>\n",
  ].join("\n");
}

interface Place {
  readonly left: number;
  readonly size: number;
  readonly top: number;
  readonly steps: number;
}

function drawRow(
  { path, errors, relative = errors, verdicts }: HeatMapRow,
  { left, size, top, steps }: Place,
): string[] {
  const name = `<text class="ink" x="${px(left - 10)}" y="${px(top + 17)}" text-anchor="end">${quoted(
    clipped(path, 26),
  )}</text>`;
  const gap = size > 8 ? 2 : 0;
  const marks: string[] = [];
  const squares = Array.from({ length: steps }, (_, t) => {
    const [error, verdict] = [relative[t] ?? NaN, verdicts[t] ?? "inconclusive"];
    const box = (inset: number): string =>
      `x="${px(left + t * size + inset)}" y="${px(top + 1 + inset)}" width="${px(size - gap - 2 * inset)}" ` +
      `height="${px(ROW - 2 - 2 * inset)}"`;
    if (verdict !== "pass" && size > 5)
      marks.push(`<rect class="${verdict === "fail" ? "fail" : "open"}" ${box(1)}/>`);
    const words = `${path}, t = ${t + 1}: ${error.toExponential(1)}, ${verdict}`;
    return `<rect fill="${colourOf(error)}" ${box(0)}><title>${quoted(words)}</title></rect>`;
  });
  return [name, ...squares, ...marks];
}

/** The colour of an error; one that is no number is as dark as can be. */
function colourOf(error: number): string {
  const exponent = error > 0 ? Math.log10(error) : error === 0 ? LOWEST : HIGHEST;
  const part = Number.isNaN(error) ? 1 : (exponent - LOWEST) / (HIGHEST - LOWEST);
  const index = Math.floor(Math.min(Math.max(part, 0), 0.999) * COLOURS.length);
  return COLOURS[index] ?? COLOURS[0];
}

function timeAxis(steps: number, left: number, size: number, bottom: number): string[] {
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((n) => n * size >= 26) ?? 2000;
  const labels: string[] = [];
  for (let t = 1; t <= steps; t += t === 1 && every > 1 ? every - 1 : every) {
    labels.push(
      `<text class="faint" x="${px(left + (t - 0.5) * size)}" y="${px(bottom + 18)}" text-anchor="middle">${t}</text>`,
    );
  }
  return [
    ...labels,
    `<text class="faint" x="${px(left)}" y="${px(bottom + 38)}">time step t whose use of the parameter is differentiated</text>`,
  ];
}

function legend(left: number, top: number): string[] {
  const box = 26;
  const boxes = COLOURS.map(
    (colour, i) =>
      `<rect fill="${colour}" x="${px(left + i * box)}" y="${px(top)}" width="${box}" height="12"/>`,
  );
  const ticks = [LOWEST, (LOWEST + HIGHEST) / 2, HIGHEST].map((exponent, i) => {
    const words = exponent === 0 ? "1" : `10${raised(exponent)}`;
    return `<text class="faint" x="${px(left + (i * COLOURS.length * box) / 2)}" y="${px(top + 28)}" text-anchor="middle">${words}</text>`;
  });
  const beside = left + COLOURS.length * box + 28;
  return [
    ...boxes,
    ...ticks,
    `<text class="faint" x="${px(left - 10)}" y="${px(top + 11)}" text-anchor="end">relative error</text>`,
    `<rect class="fail" x="${px(beside)}" y="${px(top)}" width="12" height="12"/>`,
    `<text class="faint" x="${px(beside + 18)}" y="${px(top + 11)}">failed</text>`,
    `<rect class="open" x="${px(beside + 70)}" y="${px(top)}" width="12" height="12"/>`,
    `<text class="faint" x="${px(beside + 88)}" y="${px(top + 11)}">undecided</text>`,
  ];
}
