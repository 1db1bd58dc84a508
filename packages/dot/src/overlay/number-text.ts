/** An amount in few characters: `0.012`, `3.4e-7`. */
export function amount(x: number): string {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return String(x);
  const rounded = twoDigits(x);
  const size = Math.abs(rounded);
  return size >= 1e-3 && size < 1e4 ? String(rounded) : rounded.toExponential(1).replace("e+", "e");
}

const prefixes = ["", "k", "M", "G", "T", "P"];

/** An amount of a unit: `2.1 MFLOP`. */
export function unit(x: number, name: string): string {
  let number = twoDigits(x);
  let level = 0;
  for (; number >= 1000 && level < prefixes.length - 1; level++) number /= 1000;
  return `${twoDigits(number)} ${prefixes[level] ?? ""}${name}`;
}

/** `12 µs`. */
export function duration(milliseconds: number): string {
  const ms = twoDigits(milliseconds);
  if (ms >= 1000) return `${amount(milliseconds / 1000)} s`;
  if (ms >= 1) return `${amount(milliseconds)} ms`;
  return ms >= 1e-3 ? `${amount(milliseconds * 1e3)} µs` : `${amount(milliseconds * 1e6)} ns`;
}

/** `8 %`; small parts have one digit after the point. */
export function percent(part: number, all: number): string {
  const x = all > 0 ? (100 * part) / all : 0;
  if (x > 0 && x < 0.05) return "< 0.1 %";
  return `${Number(x.toFixed(x < 9.95 ? 1 : 0))} %`;
}

/** Rounded before its size is looked at, for 999 becomes 1000. */
function twoDigits(x: number): number {
  return Number(x.toPrecision(2));
}
