import * as Plot from "@observablehq/plot";
import { downloadLink } from "../charts/download.js";
import { valueAxis, type Chart } from "../charts/draw.js";
import { drawFigure } from "../charts/figure.js";
import { drawLine, MODEL, naiveStyle, TRUTH, type Line } from "../charts/lines.js";
import { drawable, extent, toPoints } from "../charts/series.js";
import { timeScale, type TimeScale } from "../charts/time-axis.js";
import type { ReportData, ReportForecast } from "../data.js";
import { html, type Html } from "../html.js";
import { unitLabel } from "./units.js";

const CLOSE_UP = 96;

/** Forecasts beside the truth on the test span: all of it, its end enlarged, and the errors. */
export function forecastSection(data: ReportData): Html {
  const { forecast } = data;
  const length = forecast.truth.length;
  const long = length >= 2 * CLOSE_UP;
  return html`<section aria-labelledby="forecast">
    <h2 id="forecast">Forecast of the test span</h2>
    ${overlay(data, 0, forecast.description ?? "Truth and one-step forecasts.")}
    ${long ? html`<h3>A closer look</h3>` : undefined}
    ${long ? overlay(data, length - CLOSE_UP, "The end of the test span.") : undefined}
    <h3>Errors</h3>
    ${errors(data)}
    ${downloadLink("forecast.csv", [
      ["time", forecast.times ?? Array.from({ length }, (_, index) => String(index + 1))],
      ["truth", forecast.truth],
      [data.model.name, forecast.model],
      ...forecast.naive.map(({ name, values }) => [name, values] as const),
    ])}
  </section>`;
}

function overlay(data: ReportData, from: number, caption: string): Html {
  const { truth, model, naive, times } = data.forecast;
  const scale = timeScale(times?.slice(from), truth.length - from);
  const points = (values: ArrayLike<number>) => toPoints(Array.from(values).slice(from), scale.place);
  const truthLine = { name: "truth", style: TRUTH, points: points(truth) };
  const modelLine = { name: data.model.name, style: MODEL, points: points(model) };
  const naiveLines = naive.map(({ name, values }, index) => {
    return { name, style: naiveStyle(index), points: points(values) };
  });
  const chart: Chart = {
    description: `Line chart of ${data.run.column}, true and forecast. ${span(data.forecast, from)}`,
    height: 320,
    plot: draw(scale, unitLabel(data), [...naiveLines, truthLine, modelLine]),
  };
  const full = html`${caption} ${span(data.forecast, from)}`;
  return drawFigure({ lines: [truthLine, modelLine, ...naiveLines], chart, caption: full });
}

function errors(data: ReportData): Html {
  const { truth, model, naive, times } = data.forecast;
  const scale = timeScale(times, truth.length);
  const difference = (values: ArrayLike<number>) => {
    return toPoints(
      Array.from(values, (value, index) => value - (truth[index] ?? NaN)),
      scale.place,
    );
  };
  const modelLine = { name: data.model.name, style: MODEL, points: difference(model) };
  const naiveLines = naive.map(({ name, values }, index) => {
    return { name, style: naiveStyle(index), points: difference(values) };
  });
  const chart: Chart = {
    description: `Line chart of the errors of ${data.model.name} and the naive forecasts on the test span.`,
    height: 220,
    plot: draw(scale, unitLabel(data), [...naiveLines, modelLine], ZERO),
  };
  const caption = "Forecast less truth: above zero the forecast is too high.";
  return drawFigure({ lines: [modelLine, ...naiveLines], chart, caption });
}

const ZERO = Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.5 });

function draw(scale: TimeScale, yLabel: string, lines: readonly Line[], below?: Plot.Markish): Chart["plot"] {
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const axis = valueAxis(yLabel, extent(drawable(values)) ?? [0, 1], false);
  return (size) => ({
    x: scale.options,
    y: axis.scale,
    marks: [...axis.marks, scale.axis(size), below, ...lines.flatMap((line) => drawLine(line, size))],
  });
}

/** Which points are shown: "112 points, from 2011-01-01 to 2020-04-01." */
function span({ truth, times }: ReportForecast, from: number): string {
  const count = truth.length - from;
  const [first, last] = [times?.[from], times?.[truth.length - 1]];
  const dates = first === undefined || last === undefined ? "" : `, from ${first} to ${last}`;
  return `${count.toLocaleString("en-US")} point${count === 1 ? "" : "s"}${dates}.`;
}
