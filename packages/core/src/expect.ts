import { ArgumentError } from "./errors.js";

/*
 * Checks of what types cannot keep out of plain JavaScript, and the words for what was given instead. They cost a
 * `typeof` where all is well.
 */

/** What a value is, for errors: `number`, `null`, `a tensor`, `a promise`, `an array of 3`, `{ state, x }`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  // A structural test: this file stands below tensors.
  if ("shape" in value && "dtype" in value && "rank" in value) return "a tensor";
  if ("then" in value && typeof value.then === "function") return "a promise";
  if (!isPlain(value)) {
    const made: unknown = value.constructor;
    return typeof made === "function" && made.name !== "" ? `a ${made.name}` : "an object";
  }
  const keys = Object.keys(value);
  return keys.length === 0 ? "{}" : `{ ${keys.join(", ")} }`;
}

/** A setting as it was written: `"both"`, `0.5`; or else what it is. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}

/** `typeof`, for values whose type says that there is nothing to ask. */
export function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

/** Whether a value is an object as `{ … }` makes it, rather than of a class. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Throws ArgumentError unless `fn` can be called. */
export function checkFunction(where: string, fn: unknown, what = "a function"): void {
  if (typeof fn !== "function") throw new ArgumentError(`${where}: got ${kindOf(fn)}, expected ${what}`);
}

/** Throws ArgumentError unless `value` is a list. */
export function checkList(where: string, name: string, value: unknown, what = "a list"): void {
  if (!Array.isArray(value))
    throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected ${what}`);
}

/** Throws ArgumentError unless `value` is a number. */
export function checkNumber(where: string, name: string, value: unknown): void {
  if (typeof value !== "number")
    throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected a number`);
}

/** Throws ArgumentError unless `value` is a string. */
export function checkString(where: string, name: string, value: unknown): void {
  if (typeof value !== "string")
    throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected a string`);
}

/** Throws ArgumentError unless `value` is an object whose properties of these names are functions. */
export function checkMethods(where: string, value: unknown, role: string, names: readonly string[]): void {
  checkObject(where, value, role);
  for (const name of names) {
    const method: unknown = Reflect.get(Object(value), name);
    if (typeof method !== "function")
      throw new ArgumentError(`${where}: got ${name} ${shown(method)}, expected a function`);
  }
}

/** The options, which an argument list then takes apart. Throws ArgumentError unless they are an object. */
export function optionsOf<T extends object>(where: string, options: T, role = "the options"): T {
  checkObject(where, options, `${role}, expected an object`);
  return options;
}

/** Throws ArgumentError unless `value` is an object, other than a list; `role` says as what, and what was expected. */
export function checkObject(where: string, value: unknown, role: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ArgumentError(`${where}: got ${shown(value)} as ${role}`);
}
