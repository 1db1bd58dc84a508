import { attributeEntries, type TapeNode } from "@tapeloop/core";
import type { AttributeValue } from "./document.js";

/** A list of more items is left out: it is data rather than a setting. */
const LONGEST_LIST = 32;
const LONGEST_TEXT = 200;
const DEEPEST = 4;

/** The settings of an operation that are short; nothing if there are none. */
export function attributesOf({ attrs }: TapeNode): Record<string, AttributeValue> | undefined {
  const entries = attributeEntries(attrs).flatMap(([key, value]): [string, AttributeValue][] => {
    const short = shortValue(value, 0);
    return short === undefined ? [] : [[key, short]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function shortValue(value: unknown, depth: number): AttributeValue | undefined {
  if (Array.isArray(value)) {
    if (depth === DEEPEST || value.length > LONGEST_LIST) return undefined;
    const items: AttributeValue[] = [];
    for (const item of value) {
      const short = shortValue(item, depth + 1);
      if (short === undefined) return undefined;
      items.push(short);
    }
    return items;
  }
  if (typeof value === "number") {
    if (Object.is(value, -0)) return 0;
    return Number.isFinite(value) ? value : String(value);
  }
  if (typeof value === "string") return value.length > LONGEST_TEXT ? undefined : value;
  return typeof value === "boolean" ? value : undefined;
}
