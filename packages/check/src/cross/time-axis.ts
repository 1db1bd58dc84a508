import { ArgumentError, type Leaf } from "@tapeloop/core";
import { kindOf, shown } from "../expect.js";

/** Axes of time by the path of a variable, or by its beginning, such as `{ "inputs[1].gates": 0 }`. */
export type TimeAxes = Readonly<Record<string, number>>;

/** The axis of time of the variable: that of the longest path that its own begins with. */
export function axisOf(path: string, axes: TimeAxes): number | undefined {
  const [best] = Object.keys(axes)
    .filter((key) => leadsTo(key, path))
    .sort((a, b) => b.length - a.length);
  return best === undefined ? undefined : axes[best];
}

/** Throws ArgumentError for paths that lead to no variable, and for axes out of range. */
export function checkTimeAxes(where: string, axes: unknown, variables: readonly Leaf[]): void {
  if (typeof axes !== "object" || axes === null || Array.isArray(axes))
    throw new ArgumentError(`${where}: got timeAxis ${shown(axes)}, expected axes by path`);
  for (const [path, axis] of Object.entries(axes)) {
    const meant = variables.filter((variable) => leadsTo(path, variable.path));
    if (meant.length === 0) {
      const paths = variables.map((variable) => variable.path).join(", ");
      throw new ArgumentError(`${where}: got a timeAxis for ${path}, expected one of ${paths}`);
    }
    const rank = Math.min(...meant.map(({ tensor }) => tensor.rank));
    if (typeof axis !== "number" || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
      const got = typeof axis === "number" ? String(axis) : kindOf(axis);
      throw new ArgumentError(
        `${where}: got timeAxis ${got} for ${path}, expected a whole number in ${-rank} … ${rank - 1}`,
      );
    }
  }
}

function leadsTo(key: string, path: string): boolean {
  return path === key || (path.startsWith(key) && /^[.[]/.test(path.slice(key.length)));
}
