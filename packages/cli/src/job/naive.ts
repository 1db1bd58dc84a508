/** A forecast that needs no training. */
export interface NaiveForecast {
  readonly name: string;
  /** One value for each point from the first test point on. */
  readonly values: Float64Array;
}

/**
 * Forecasts of every point from `start` on that only look at true values before it: the last value; with a season of
 * s points, also the value one season before, and the last value moved on by the change of one season before,
 * x[t−1] + x[t−s] − x[t−s−1]: hard to beat where a trend and a season go together.
 *
 * @param start more than `season` points after the beginning
 */
export function naiveForecasts(
  series: Float64Array,
  start: number,
  season: number | undefined,
): readonly NaiveForecast[] {
  const before = (t: number, steps: number): number => series[t - steps] ?? NaN;
  const forecast = (name: string, value: (t: number) => number): NaiveForecast => ({
    name,
    values: Float64Array.from({ length: series.length - start }, (_, i) => value(start + i)),
  });
  const persistence = forecast("persistence", (t) => before(t, 1));
  if (season === undefined) return [persistence];
  return [
    persistence,
    forecast(`seasonal naive (${season})`, (t) => before(t, season)),
    forecast("last season's change", (t) => before(t, 1) + before(t, season) - before(t, season + 1)),
  ];
}

/** Root of the mean squared error, in the units of the values. */
export function rmse(forecast: Float64Array, truth: Float64Array): number {
  // Scaled by the largest, so that the squares of very large errors do not overflow.
  const errors = forecast.map((value, i) => Math.abs(value - (truth[i] ?? NaN)));
  const largest = errors.reduce((max, error) => (error > max || Number.isNaN(error) ? error : max), 0);
  if (!(largest > 0) || largest === Infinity) return largest;
  const sum = errors.reduce((total, error) => total + (error / largest) ** 2, 0);
  return largest * Math.sqrt(sum / errors.length);
}
