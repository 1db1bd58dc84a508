import type { TapeNode } from "@tapeloop/core";

/** The part that one output of a split is: `[:, :32]`. */
export function rangeOfPart({ attrs, inputs, outputs }: TapeNode, output: number): string {
  const axis = "axis" in attrs && typeof attrs.axis === "number" ? attrs.axis : 0;
  const sizes = outputs.map(({ shape }) => shape[axis] ?? 0);
  const start = sizes.slice(0, output).reduce((sum, n) => sum + n, 0);
  const range = rangeText(start, sizes[output] ?? 0, inputs[0]?.shape[axis] ?? 0);
  return `[${":, ".repeat(axis)}${range}]`;
}

/** The part that a slice takes, as `[4:7]`: trailing axes that are whole are left out. */
export function rangeOfSlice({
  attrs,
  inputs,
  outputs,
}: Pick<TapeNode, "attrs" | "inputs" | "outputs">): string | undefined {
  const [from, to] = [inputs[0]?.shape, outputs[0]?.shape];
  const { start, step }: { start?: unknown; step?: unknown } = attrs;
  if (!isNumbers(start) || !isNumbers(step) || from === undefined || step.some((by) => by !== 1))
    return undefined;
  const ranges = from.map((n, axis) => rangeText(start[axis] ?? 0, to?.[axis] ?? n, n));
  while (ranges.length > 1 && ranges.at(-1) === ":") ranges.pop();
  return `[${ranges.join(", ")}]`;
}

/** `count` of `n` elements: `:` is all of them. */
function rangeText(start: number, count: number, n: number): string {
  const end = start + count;
  return `${start === 0 ? "" : start}:${end === n ? "" : end}`;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}
