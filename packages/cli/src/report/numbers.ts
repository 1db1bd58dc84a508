/** A number for a reader: four significant digits, powers of ten for the very small and large. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size < 1e-3 || size >= 1e6) return formatPower(value, 2);
  const digits = size >= 1000 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(size)));
  return minus(
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
}

/** A tick of an axis: as short as it can be. */
export function formatTick(value: number): string {
  const rounded = Number(value.toPrecision(8));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? formatPower(rounded) : minus(String(rounded));
}

/** A derivative in full, to compare digit by digit and to copy. */
export function formatExact(value: number): string {
  return Number.isFinite(value) ? value.toExponential(9) : formatNumber(value);
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function formatPower(value: number, digits?: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(digits).split("e");
  const raised = exponent
    .replace("+", "")
    .replace("-", "⁻")
    .replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? "");
  return value === Number(`1e${exponent}`) ? `10${raised}` : `${minus(mantissa)} × 10${raised}`;
}

function minus(text: string): string {
  return text.replaceAll("-", "−");
}
