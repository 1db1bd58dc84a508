import { parseTimes, type Series } from "../csv/index.js";
import { InputError } from "../input-error.js";

const DAY = 86_400_000;

/** Points in a season, by the days from one point to the next: seasons of a year, of a week, of a day. */
const CALENDAR: readonly { readonly from: number; readonly to: number; readonly season: number }[] = [
  { from: 178, to: 187, season: 2 },
  { from: 88, to: 94, season: 4 },
  { from: 27.5, to: 31.5, season: 12 },
  { from: 6.9, to: 7.1, season: 52 },
  { from: 0.95, to: 1.05, season: 7 },
];

/**
 * The season for the naive forecasts: the one asked for, or the one that the times suggest, if enough points stand
 * before the test span to look back by one season.
 *
 * @throws {InputError} when a season that was asked for is too long
 */
export function chooseSeason(
  { times }: Series,
  testStart: number,
  asked: number | "none" | undefined,
): number | undefined {
  if (asked === "none") return undefined;
  if (asked === undefined) {
    const found = times === undefined ? undefined : detectSeason(times);
    return found !== undefined && found < testStart ? found : undefined;
  }
  if (asked < testStart) return asked;
  throw new InputError(`--season ${asked}: only ${testStart} points stand before the test span`);
}

/**
 * The number of points in a season, from how far apart most times are: 12 for months, 4 for quarters, 52 for weeks,
 * 7 for days, 24 for hours, and so on below. Years as numbers (1958.25) count too.
 *
 * @returns nothing when the times say nothing, or the points are years
 */
export function detectSeason(times: readonly string[]): number | undefined {
  const axis = parseTimes(times);
  if (axis === undefined || axis.values.length < 3) return undefined;
  const gaps = axis.values.slice(1).map((time, i) => time - (axis.values[i] ?? NaN));
  const gap = gaps.sort()[gaps.length >> 1] ?? NaN;
  if (axis.kind === "number") {
    const perYear = Math.round(1 / gap);
    return (perYear === 4 || perYear === 12) && looksLikeYears(axis.values) ? perYear : undefined;
  }
  const days = gap / DAY;
  if (days < 0.9) return withinDay(days);
  return CALENDAR.find(({ from, to }) => days >= from && days <= to)?.season;
}

/** Points in a day, when a whole number of them makes one. */
function withinDay(days: number): number | undefined {
  const season = Math.round(1 / days);
  return Math.abs(season * days - 1) < 0.01 && season >= 2 ? season : undefined;
}

function looksLikeYears(values: Float64Array): boolean {
  return values.every((value) => value > 1000 && value < 3000);
}
