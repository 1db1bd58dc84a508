import { formatShape } from "./shape.js";
import type { Tensor } from "./tensor.js";

const EDGE = 3;
const WHOLE = 60;

/** Readable text of a tensor: dtype, shape and values, long axes shortened to their ends. */
export function formatTensor(t: Tensor): string {
  const name = t.label === undefined ? "" : ` "${t.label}"`;
  const head = `Tensor${name} ${t.dtype} ${formatShape(t.shape)}`;
  if (t.isAbstract) return `${head} (abstract)`;
  const { data, shape, dtype } = t;
  const shorten = data.length > WHOLE;
  const cell = (value: number): string =>
    dtype === "bool" ? String(value !== 0) : formatNumber(value, dtype);
  const build = (axis: number, start: number, size: number): string => {
    const n = shape[axis];
    if (n === undefined) return cell(data[start] ?? 0);
    const step = n === 0 ? 0 : size / n;
    const skip = shorten && n > 2 * EDGE + 1;
    const parts: string[] = [];
    for (let i = 0; i < n; i++) {
      if (skip && i === EDGE) {
        parts.push("…");
        i = n - EDGE;
      }
      parts.push(build(axis + 1, start + i * step, step));
    }
    const inner = axis === shape.length - 1;
    return `[${parts.join(inner ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
  };
  const values = build(0, 0, data.length);
  return values.includes("\n") ? `${head}\n${values}` : `${head} ${values}`;
}

function formatNumber(value: number, dtype: string): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
  return String(Number(value.toPrecision(dtype === "float64" ? 8 : 6)));
}
