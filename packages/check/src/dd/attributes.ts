import { ArgumentError } from "@tapeloop/core";
import type { DDCall } from "./tensor.js";

/* Settings of a node, which a tape holds as objects of any kind, read with a check of their types. */

function setting(
  { op, attrs }: DDCall,
  name: string,
  kind: string,
  fits: (value: unknown) => boolean,
): unknown {
  const value: unknown = Reflect.get(attrs, name);
  if (fits(value)) return value;
  throw new ArgumentError(`${op.name}: got ${String(value)} as its setting ${name}, expected ${kind}`);
}

/** A setting that is a number. */
export function numberOf(call: DDCall, name: string): number {
  return Number(setting(call, name, "a number", (value) => typeof value === "number"));
}

/** A setting that is true or false. */
export function flagOf(call: DDCall, name: string): boolean {
  return setting(call, name, "true or false", (value) => typeof value === "boolean") === true;
}

/** A setting that is a list of numbers: axes, a shape. */
export function numbersOf(call: DDCall, name: string): readonly number[] {
  const value = setting(call, name, "a list of numbers", isNumbers);
  return isNumbers(value) ? value : [];
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => typeof n === "number");
}
