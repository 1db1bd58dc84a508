import { SafetensorsError } from "./errors.js";

/** What a safetensors header is made of. Objects are maps, so a name such as `__proto__` is only a name. */
export type HeaderValue = string | number | readonly HeaderValue[] | ReadonlyMap<string, HeaderValue>;

/** A header is three levels deep; more is an attempt to exhaust the stack. */
const MAX_DEPTH = 8;
/** Its arrays are shapes and pairs of offsets; a longer one is an attempt to exhaust the memory. */
const MAX_ITEMS = 64;

/**
 * Reads the JSON of a header, which must be one value and nothing after it. `JSON.parse` would not do: it lets the
 * last of two equal keys win, and rounds large numbers. Only what headers hold is read: objects, arrays, strings
 * and whole numbers within 0 … 2⁵³ − 1.
 *
 * @throws SafetensorsError naming the position
 */
export function parseHeaderJson(text: string): HeaderValue {
  let at = 0;

  const fail = (expected: string): SafetensorsError => {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : "the end";
    return new SafetensorsError(`safetensors: header: got ${found} at character ${at}, expected ${expected}`);
  };

  // Plain loops: a regular expression over a text of 100 MB may exhaust the engine's stack.
  const skipSpaces = (): void => {
    while (at < text.length && " \t\n\r".includes(text.charAt(at))) at++;
  };

  /** Moves past spaces and then `punctuation`, if it is there. */
  const skip = (punctuation: string): boolean => {
    skipSpaces();
    if (text[at] !== punctuation) return false;
    at++;
    return true;
  };

  const string = (): string => {
    const start = at;
    if (text[at] !== '"') throw fail("a string");
    for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    const value = decodeString(text.slice(start, ++at));
    if (value !== undefined) return value;
    at = start;
    throw fail("a string of whole Unicode characters");
  };

  const number = (): number => {
    const token = /^(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/.exec(text.slice(at, at + 18))?.[0] ?? "";
    if (token === "" || !Number.isSafeInteger(Number(token))) throw fail("a whole number of 0 … 2^53 - 1");
    at += token.length;
    return Number(token);
  };

  const object = (depth: number): ReadonlyMap<string, HeaderValue> => {
    const members = new Map<string, HeaderValue>();
    if (skip("}")) return members;
    do {
      skipSpaces();
      const start = at;
      const key = string();
      if (members.has(key)) {
        at = start;
        throw fail("each key once");
      }
      if (!skip(":")) throw fail('":"');
      members.set(key, value(depth + 1));
    } while (skip(","));
    if (!skip("}")) throw fail('"," or "}"');
    return members;
  };

  const array = (depth: number): readonly HeaderValue[] => {
    const items: HeaderValue[] = [];
    if (skip("]")) return items;
    do {
      if (items.length === MAX_ITEMS) throw fail(`at most ${MAX_ITEMS} items`);
      items.push(value(depth + 1));
    } while (skip(","));
    if (!skip("]")) throw fail('"," or "]"');
    return items;
  };

  const value = (depth: number): HeaderValue => {
    if (depth > MAX_DEPTH) throw fail(`at most ${MAX_DEPTH} levels`);
    if (skip("{")) return object(depth);
    if (skip("[")) return array(depth);
    return text[at] === '"' ? string() : number();
  };

  const result = value(1);
  if (at !== text.length) throw fail("nothing after the header");
  return result;
}

/** The text of a JSON string with its quotes; `undefined` if it is malformed or has half a surrogate pair. */
function decodeString(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === "string" && !/\p{Surrogate}/u.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
