import { add, cast, reshape, slice, sub, tensor, type Tensor } from "@tapeloop/core";
import { forecastWindows, splitByTime, standardizer, type ForecastWindows, type Scaler } from "@tapeloop/nn";
import type { Series } from "../csv/index.js";
import { InputError, quote } from "../input-error.js";

/** How a series becomes examples to learn from. */
export interface DataSettings {
  /** Points that a forecast sees. */
  readonly window: number;
  /** Learn the changes over so many points; 0 for the values themselves. */
  readonly difference: number;
  /** Shares of the points, from the end of the series. */
  readonly validation: number;
  readonly test: number;
  /** Examples in a batch, where a number was asked for. */
  readonly batch: number | undefined;
}

/** A series as examples, split by time. */
export interface ForecastData {
  readonly training: ForecastWindows;
  readonly validation: ForecastWindows;
  readonly test: ForecastWindows;
  /** From the changes (or values) to what the model sees; it knows the training span alone. */
  readonly scaler: Scaler;
  /** Places in the series of the first point of each span that is forecast. */
  readonly starts: { readonly training: number; readonly validation: number; readonly test: number };
  /** Forecasts of the test points, as the model gives them [points, 1], in the units of the series. */
  inUnits(forecasts: Tensor): Float64Array;
}

/**
 * Makes windows of a series x. What the model learns is y[t] = x[t] − x[t − difference], standardised by mean and
 * standard deviation of the training span; a forecast of y[t] becomes x[t − difference] + y[t].
 *
 * Training, validation and test follow one another in time. Each point of validation and test is forecast once, from
 * the true values before it.
 *
 * @throws {InputError} for a series that is constant, or too short for the settings
 */
export function forecastData({ values, name }: Series, path: string, settings: DataSettings): ForecastData {
  const { window, difference } = settings;
  checkSeries(values, `${path}, column ${quote(name)}`, difference);
  const series = tensor(values, { dtype: "float64" });
  const changes =
    difference === 0
      ? series
      : sub(slice(series, { start: difference }), slice(series, { stop: -difference }));
  const shares = { validation: settings.validation, test: settings.test };
  checkShares(changes.size, path, settings);
  const { train, starts } = splitByTime(changes, shares);
  checkSpans(starts, { points: values.length, learnt: changes.size }, path, settings);
  const scaler = standardizer(train);
  if (!Number.isFinite(scaler.scale.item()) || !(scaler.scale.item() > 0)) {
    throw new InputError(
      `${path}, column ${quote(name)}: the values are too large or too small to standardise`,
    );
  }
  const standardized = cast(scaler.transform(changes), "float32");
  const spans = splitByTime(standardized, { ...shares, context: window });
  const start = starts.test + difference;
  return {
    training: forecastWindows(spans.train, { size: window }),
    validation: forecastWindows(spans.validation, { size: window }),
    test: forecastWindows(spans.test, { size: window }),
    scaler,
    starts: { training: difference + window, validation: starts.validation + difference, test: start },
    inUnits(forecasts) {
      const change = scaler.inverse(reshape(cast(forecasts, "float64"), [forecasts.size]));
      const base = slice(series, { start: start - difference, stop: values.length - difference });
      return Float64Array.from((difference === 0 ? change : add(base, change)).data);
    },
  };
}

function checkSeries(values: Float64Array, where: string, difference: number): void {
  const [first = NaN] = values;
  if (values.length > 1 && values.every((value) => value === first)) {
    throw new InputError(`${where}: every value is ${first}, so there is nothing to forecast`);
  }
  if (values.length <= difference + 1) {
    throw new InputError(`${where}: has ${points(values.length)}, too few for --difference ${difference}`);
  }
}

function checkShares(count: number, path: string, { validation, test }: DataSettings): void {
  // As splitByTime rounds.
  if (count - Math.round(count * test) - Math.round(count * validation) >= 1) return;
  throw new InputError(
    `--validation ${validation} and --test ${test}: leave none of the points of ${path} to train on`,
  );
}

function checkSpans(
  starts: { readonly validation: number; readonly test: number },
  count: { readonly points: number; readonly learnt: number },
  path: string,
  { window, difference, validation, test, batch }: DataSettings,
): void {
  const has = `${path}: has ${points(count.points)}`;
  const train = starts.validation;
  if (train <= window) {
    const changes = difference === 0 ? "" : `, after --difference ${difference}`;
    throw new InputError(
      `${has}, of which ${train} are to train on${changes}; --window ${window} needs at least ${window + 1}: ` +
        "give a smaller --window, --validation or --test",
    );
  }
  if (starts.test === starts.validation)
    throw new InputError(`${has}: --validation ${validation} leaves none to validate on`);
  if (starts.test === count.learnt) throw new InputError(`${has}: --test ${test} leaves none to test on`);
  if (batch !== undefined && batch > train - window) {
    throw new InputError(
      `--batch ${batch}: expected at most ${train - window}, the number of training windows of ${path}`,
    );
  }
}

function points(count: number): string {
  return `${count} point${count === 1 ? "" : "s"}`;
}
