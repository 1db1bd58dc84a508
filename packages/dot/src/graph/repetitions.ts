import type { Edge } from "./model.js";

/** Draws edges from repetitions of one node to the same reader once, with a label that says which they are. */
export function mergeRepetitions(edges: readonly Edge[]): readonly Edge[] {
  const groups = new Map<string, Set<number>>();
  const keyOf = ({ from, to, kind, label }: Edge): string => JSON.stringify([from, to, kind, label]);
  for (const edge of edges) {
    if (edge.repetition === undefined) continue;
    const key = keyOf(edge);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, new Set([edge.repetition.at]));
    else group.add(edge.repetition.at);
  }
  if (groups.size === 0) return edges;
  return edges.flatMap(({ repetition, ...edge }) => {
    if (repetition === undefined) return [edge];
    const key = keyOf(edge);
    const group = groups.get(key);
    if (group === undefined) return [];
    groups.delete(key);
    const which = repetitionsText([...group], repetition.count, repetition.name);
    return [{ ...edge, label: [which, edge.label].filter((text) => text !== "").join(", ") }];
  });
}

/** `each`, `last h`, `first h`, or `h of 2–5, 7`, counted from 1. */
function repetitionsText(which: readonly number[], count: number, name: string): string {
  if (which.length === count) return "each";
  const [only] = which;
  if (which.length === 1 && (only === 0 || only === count - 1)) {
    return `${only === 0 ? "first" : "last"} ${name}`.trimEnd();
  }
  const ranges: [number, number][] = [];
  for (const at of [...which].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.[1] === at - 1) range[1] = at;
    else ranges.push([at, at]);
  }
  const text = ranges.map(([a, b]) => (a === b ? `${a + 1}` : `${a + 1}–${b + 1}`)).join(", ");
  return `${name} of ${text}`.trimStart();
}
