import * as Plot from "@observablehq/plot";
import { parseTimes } from "../../csv/index.js";
import { visibleText } from "../html.js";
import type { ChartSize } from "./draw.js";

/** The horizontal axis of a chart over a series: where each point stands, and how the axis is drawn. */
export interface TimeScale {
  readonly place: (index: number) => number | Date;
  readonly options: Plot.ScaleOptions;
  readonly axis: (size: ChartSize) => Plot.Markish;
}

const LABEL_LENGTH = 14;

/**
 * An axis of dates when all times are dates, of numbers when all are numbers; else one that counts the points
 * and is lettered with the times as they stand, or, without times, with the count.
 */
export function timeScale(times: readonly string[] | undefined, length: number): TimeScale {
  const given = times?.length === length ? times : undefined;
  const parsed = given === undefined ? undefined : parseTimes(given);
  if (parsed === undefined || !isAscending(parsed.values)) return countingScale(given);
  const isDate = parsed.kind === "date";
  const at = (index: number) => parsed.values[index] ?? NaN;
  return {
    place: isDate ? (index) => new Date(at(index)) : at,
    options: isDate ? { type: "utc" } : { type: "linear" },
    axis: ({ width }) => {
      const ticks = Math.max(5, Math.floor(width / 85));
      return Plot.axisX({
        ...AXIS,
        ticks,
        ...(isDate ? {} : { tickFormat: (year: number) => String(year) }),
      });
    },
  };
}

function countingScale(labels: readonly string[] | undefined): TimeScale {
  const label = (index: number) => shorten(visibleText(labels?.[index] ?? ""));
  return {
    place: (index) => index,
    options: { type: "linear" },
    axis: ({ width }) => {
      if (labels === undefined) return Plot.axisX({ ...AXIS, ticks: 6, label: "point of the test span" });
      const count = Math.max(2, Math.min(labels.length, Math.floor(width / 130)));
      const ticks = Array.from({ length: count }, (_, i) =>
        Math.round(((i + 0.5) / count) * (labels.length - 1)),
      );
      return Plot.axisX([...new Set(ticks)], { ...AXIS, tickFormat: label });
    },
  };
}

const AXIS = {
  tickSize: 4,
  fill: "var(--quiet)",
  stroke: "var(--quiet)",
  label: null,
  labelArrow: "none",
} as const;

function isAscending(values: Float64Array): boolean {
  return values.every((value, index) => index === 0 || value >= (values[index - 1] ?? NaN));
}

function shorten(text: string): string {
  return text.length > LABEL_LENGTH ? `${text.slice(0, LABEL_LENGTH - 1)}…` : text;
}
