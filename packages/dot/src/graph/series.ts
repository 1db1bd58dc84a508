/** The name of a series of values: what their names have in common, without the numbers in which they differ. */
export function seriesName(names: readonly (string | undefined)[]): string {
  const [first = ""] = names;
  if (names.every((name) => name === first)) return first;
  const stems = names.map((name = "") => name.replace(/[\s_.[({-]*[\d₀-₉]+[\])}]?$/u, ""));
  const [stem = ""] = stems;
  return stems.every((other) => other === stem) ? stem : "";
}
