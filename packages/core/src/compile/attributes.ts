import { TraceError } from "../errors.js";

/** The attribute `name` of a node, as a list of numbers. */
export function numbersIn(attrs: object, name: string): readonly number[] {
  const value = valueIn(attrs, name);
  if (Array.isArray(value) && value.every((x) => typeof x === "number")) return value;
  throw wrong(name, value, "a list of numbers");
}

/** The attribute `name` of a node, as a number. */
export function numberIn(attrs: object, name: string): number {
  const value = valueIn(attrs, name);
  if (typeof value === "number") return value;
  throw wrong(name, value, "a number");
}

/** The attribute `name` of a node, as true or false. */
export function flagIn(attrs: object, name: string): boolean {
  const value = valueIn(attrs, name);
  if (typeof value === "boolean") return value;
  throw wrong(name, value, "true or false");
}

/** Pairs of numbers, one per axis. */
export function pairsIn(attrs: object, name: string): readonly (readonly [number, number])[] {
  const value = valueIn(attrs, name);
  if (!Array.isArray(value)) throw wrong(name, value, "a list of pairs");
  return value.map((pair: unknown) => {
    if (Array.isArray(pair) && typeof pair[0] === "number" && typeof pair[1] === "number") {
      return [pair[0], pair[1]];
    }
    throw wrong(name, pair, "a pair of numbers");
  });
}

function valueIn(attrs: object, name: string): unknown {
  return Reflect.get(attrs, name);
}

function wrong(name: string, got: unknown, expected: string): TraceError {
  return new TraceError(`compile: the attribute ${name} is ${typeof got}, expected ${expected}`);
}
