/** Attributes of a statement. Text that is not ours comes quoted, as `{ text }`. */
export type AttributeList = Readonly<Record<string, string | number | boolean | { readonly text: string }>>;

/** `label="σ", shape=box`. */
export function attributes(list: AttributeList): string {
  return Object.entries(list)
    .map(([key, value]) => `${key}=${typeof value === "object" ? value.text : plain(String(value))}`)
    .join(", ");
}

/** One of our own values, in quotes where DOT needs them. */
function plain(value: string): string {
  return /^([a-z]+|\d+(\.\d+)?)$/i.test(value) ? value : `"${value}"`;
}
