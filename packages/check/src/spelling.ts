/** The name that was probably meant: the one with the fewest letters to change; `undefined` if none is near. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const room = Math.max(1, Math.floor(written.length / 3));
  const [best] = names
    .map((name) => ({ name, changes: changes(written.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.changes - b.changes);
  return best === undefined || best.changes > room ? undefined : best.name;
}

/** Letters to insert, to leave out, to replace, or to interchange with the next (optimal string alignment). */
function changes(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, isSwap ? at(i - 2, j - 2) + 1 : Infinity),
      );
    }
  }
  return at(a.length, b.length);
}
