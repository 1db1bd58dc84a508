/** Attributes of a statement. Text that is not ours comes quoted, as `{ text }`. */
export type AttributeList = Readonly<Record<string, string | number | boolean | { readonly text: string }>>;

/** `label="σ", shape="box"`. */
export function attributes(list: AttributeList): string {
  return Object.entries(list)
    .map(([key, value]) => `${key}=${typeof value === "object" ? value.text : `"${value}"`}`)
    .join(", ");
}
