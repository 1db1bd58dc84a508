/** Times as numbers on one axis: dates in milliseconds UTC since 1970, or plain numbers such as `1958.2`. */
export interface TimeAxis {
  readonly kind: "date" | "number";
  readonly values: Float64Array;
}

// Year-month[-day][ T]hour:minute[:second], as ISO 8601 has it; slashes are accepted for dashes.
const DATE =
  /^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads a column of times. A time without an offset counts as UTC, so that every machine reads the same.
 *
 * @returns nothing unless every entry is a date beginning with its year, or every entry a number
 */
export function parseTimes(times: readonly string[]): TimeAxis | undefined {
  if (times.length === 0) return undefined;
  const numbers = Float64Array.from(times, (time) => (time.trim() === "" ? NaN : Number(time)));
  if (numbers.every(Number.isFinite)) return { kind: "number", values: numbers };
  const dates = Float64Array.from(times, parseDate);
  return dates.every(Number.isFinite) ? { kind: "date", values: dates } : undefined;
}

/** Milliseconds UTC since 1970, or NaN for anything that is not a date of the calendar. */
function parseDate(text: string): number {
  const [matched, year, month, day = "1", hour = "0", minute = "0", second = "0", offset] =
    DATE.exec(text.trim()) ?? [];
  if (matched === undefined) return NaN;
  const fields = [
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  ] as const;
  const date = new Date(Date.UTC(...fields));
  const back = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  // Date.UTC carries 31 April over into May; such a date is a mistake in the file.
  return back.every((field, index) => field === fields[index]) ? date.getTime() - offsetMs(offset) : NaN;
}

function offsetMs(offset: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset ?? "") ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
}
