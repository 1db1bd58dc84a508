import type { Tensor } from "@tapeloop/core";

/** The text of a number in the program; `undefined` for any other constant. */
export function numberText(t: Tensor): string | undefined {
  return t.rank === 0 && !t.isAbstract ? valueText(t) : undefined;
}

/** Sizes up to which a constant is looked through for being one number throughout. */
const LOOK_THROUGH = 4096;

/** What to write for a constant: its number if all its elements are the same one, such as an initial state of zeros. */
export function constantText(t: Tensor): string {
  if (t.isAbstract || t.size === 0 || t.size > LOOK_THROUGH) return "constant";
  const { data } = t;
  return data.every((value) => Object.is(value, data[0])) ? valueText(t) : "constant";
}

/** The first element, to as many digits as its dtype tells apart by eye. */
function valueText({ data, dtype }: Tensor): string {
  const value = data[0] ?? 0;
  if (dtype === "bool") return String(value !== 0);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (Object.is(value, -0)) return "−0";
  return String(Number(value.toPrecision(dtype === "float64" ? 8 : 6))).replace("-", "−");
}
