import { clipped, px, quoted, raised } from "../svg/svg.js";
import type { TaylorLine, TaylorStep } from "./taylor-judge.js";
import type { TaylorReport } from "./taylor.js";

const [WIDTH, HEIGHT] = [640, 420];
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 20, 64, 64];

/** Okabe & Ito's colours, which the colour-blind can tell apart; the marks differ in shape as well. */
const STYLE = `
  .ground { fill: #ffffff } .ink { fill: #222222 } .faint { fill: #666666 }
  .grid { stroke: #dddddd } .axis { stroke: #888888 } .guide { stroke: #888888; stroke-dasharray: 5 4 }
  .noise { fill: #888888; opacity: 0.18 }
  .without { stroke: #0072b2; fill: #0072b2 } .with { stroke: #d55e00; fill: #d55e00 }
  polyline { fill: none !important; stroke-width: 2 } text { font: 13px system-ui, sans-serif }
  .title { font-size: 15px; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #161a1d } .ink { fill: #eeeeee } .faint { fill: #aaaaaa } .grid { stroke: #33393d }
    .without { stroke: #56b4e9; fill: #56b4e9 } .with { stroke: #e69f00; fill: #e69f00 }
  }`;

/** The remainders over the step, log-log, with lines of rate 1 and 2 for the eye, and where rounding begins. */
export function plotTaylor(
  { verdict, reason }: Pick<TaylorReport, "verdict" | "reason">,
  line: TaylorLine | undefined,
): string {
  const steps = line?.steps.filter((s) => Number.isFinite(s.with) && Number.isFinite(s.without)) ?? [];
  const title = `Taylor test: ${verdict}`;
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" ` +
    `role="img" aria-label="${quoted(`${title}. ${reason}`)}">\n<style>${STYLE}\n</style>\n` +
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>\n` +
    `<text class="ink title" x="${LEFT}" y="24">${quoted(title)}</text>\n` +
    `<text class="faint" x="${LEFT}" y="44">${quoted(clipped(reason, 88))}</text>\n`;
  if (line === undefined || steps.length === 0) return `${head}</svg>\n`;
  return `${head}${body(steps, line)}</svg>\n`;
}

function body(steps: readonly TaylorStep[], { noise, rates }: TaylorLine): string {
  const exponent = (v: number): number => Math.log10(v);
  const values = steps.flatMap((s) => [s.without, s.with]).filter((v) => v > 0);
  const floor = Math.max(noise, 1e-18);
  const [x0, x1] = span(steps.map(({ h }) => exponent(h)));
  const [y0, y1] = span([...values, floor].map(exponent));
  const x = (h: number): number => LEFT + ((exponent(h) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const y = (v: number): number =>
    HEIGHT - BOTTOM - ((exponent(v) - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const parts: string[] = [];
  const bottom = HEIGHT - BOTTOM;
  parts.push(rect("noise", LEFT, y(floor), WIDTH - LEFT - RIGHT, bottom - y(floor)));
  parts.push(
    `<text class="faint" x="${WIDTH - RIGHT - 6}" y="${px(bottom - 6)}" text-anchor="end">rounding</text>`,
  );
  for (let e = x0; e <= x1; e++) {
    parts.push(stroke("grid", x(10 ** e), TOP, x(10 ** e), bottom));
    parts.push(text(x(10 ** e), bottom + 20, `10${raised(e)}`, "middle"));
  }
  const every = Math.ceil((y1 - y0) / 8);
  for (let e = y1; e >= y0; e -= every) {
    parts.push(stroke("grid", LEFT, y(10 ** e), WIDTH - RIGHT, y(10 ** e)));
    parts.push(text(LEFT - 8, y(10 ** e) + 4, `10${raised(e)}`, "end"));
  }
  parts.push(stroke("axis", LEFT, bottom, WIDTH - RIGHT, bottom), stroke("axis", LEFT, TOP, LEFT, bottom));
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, bottom + 40, "step h (dashed: rates 1 and 2)", "middle"));
  const [largest] = steps;
  for (const [rate, name] of [
    [1, "without"],
    [2, "with"],
  ] as const) {
    if (largest !== undefined)
      parts.push(guide(largest, largest[name], rate, { x, y, floor: 10 ** y0, x0: 10 ** x0 }));
  }
  for (const name of ["without", "with"] as const) {
    const points = steps.filter((s) => s[name] > 0);
    parts.push(
      `<polyline class="${name}" points="${points.map((s) => `${px(x(s.h))},${px(y(s[name]))}`).join(" ")}"/>`,
      ...points.map((s) => mark(name, x(s.h), y(s[name]))),
    );
  }
  parts.push(...legend(rates));
  return `${parts.join("\n")}\n`;
}

/** What exact rate 1 or 2 would look like, from the first point on. */
function guide(
  { h }: TaylorStep,
  value: number,
  rate: number,
  { x, y, floor, x0 }: { x: (h: number) => number; y: (v: number) => number; floor: number; x0: number },
): string {
  if (!(value > floor)) return "";
  const end = Math.max(x0, h * (floor / value) ** (1 / rate));
  return stroke("guide", x(h), y(value), x(end), y(value * (end / h) ** rate));
}

/** At the upper left, where curves that fall with h leave room. */
function legend(rates: TaylorLine["rates"]): string[] {
  const label = (rate: number): string => (Number.isNaN(rate) ? "rounding" : `rate ${rate.toFixed(2)}`);
  return (
    [
      ["without", `without the gradient: ${label(rates.without)}`],
      ["with", `with the gradient: ${label(rates.with)}`],
    ] as const
  ).flatMap(([name, words], i) => [
    mark(name, LEFT + 16, TOP + 18 + 20 * i),
    `<text class="ink" x="${LEFT + 28}" y="${TOP + 22 + 20 * i}">${words}</text>`,
  ]);
}

function mark(name: "without" | "with", x: number, y: number): string {
  return name === "without"
    ? `<circle class="without" cx="${px(x)}" cy="${px(y)}" r="3.5"/>`
    : `<rect class="with" x="${px(x - 3.2)}" y="${px(y - 3.2)}" width="6.4" height="6.4"/>`;
}

function rect(name: string, x: number, y: number, width: number, height: number): string {
  return `<rect class="${name}" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(Math.max(0, height))}"/>`;
}

function stroke(name: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${name}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`;
}

function text(x: number, y: number, words: string, anchor: "middle" | "end"): string {
  return `<text class="faint" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${words}</text>`;
}

/** Whole decades around the exponents. */
function span(exponents: readonly number[]): [number, number] {
  const [low, high] = [Math.floor(Math.min(...exponents)), Math.ceil(Math.max(...exponents))];
  return [low, high > low ? high : low + 1];
}
