import { ArgumentError, checkNumber } from "@tapeloop/core";

/** Throws ArgumentError unless every setting is a number within low … below (`below` excluded). */
export function checkSettings(
  name: string,
  settings: Readonly<Record<string, number>>,
  low = 0,
  below = Infinity,
): void {
  for (const [key, value] of Object.entries(settings)) {
    checkNumber(name, key, value);
    if (value >= low && value < below) continue;
    const range = below === Infinity ? `${low} or more` : `${low} up to but not ${below}`;
    throw new ArgumentError(`${name}: got ${key} ${value}, expected ${range}`);
  }
}
