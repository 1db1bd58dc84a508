import { ArgumentError, checkFunction, checkList, isTensor, kindOf, shown } from "@tapeloop/core";

export { checkFunction, checkList, kindOf, shown };

/** Throws ArgumentError unless there is a function to check. */
export function checkSubject(where: string, fn: unknown): void {
  checkFunction(where, fn, "the function to check");
}

/** Throws ArgumentError unless the setting is a function. */
export function checkCallback(where: string, name: string, value: unknown): void {
  if (typeof value !== "function")
    throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected a function`);
}

/** Throws ArgumentError unless the seed is a whole number. */
export function checkSeed(where: string, seed: unknown): void {
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(`${where}: got seed ${shown(seed)}, expected a whole number`);
}

/** Throws ArgumentError unless `value` is a number above 0 and below 1. */
export function checkTolerance(where: string, name: string, value: unknown): void {
  if (typeof value !== "number" || !(value > 0 && value < 1))
    throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected a number above 0 and below 1`);
}

/** Throws ArgumentError unless `value` is a whole number of at least 1. */
export function checkCount(where: string, name: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1)
    throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected a whole number of 1 or more`);
}

/** Throws ArgumentError unless `value` is true or false. */
export function checkBoolean(where: string, name: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected true or false`);
}

/** Throws ArgumentError unless `value` is one of those. */
export function checkOneOf(
  where: string,
  name: string,
  value: unknown,
  allowed: readonly (string | number)[],
): void {
  if (allowed.some((one) => one === value)) return;
  const list = allowed.map(shown);
  const last = list.pop() ?? "";
  throw new ArgumentError(
    `${where}: got ${name} ${shown(value)}, expected ${list.length === 0 ? "" : `${list.join(", ")} or `}${last}`,
  );
}

/**
 * Throws ArgumentError unless the inputs are a list of arguments, each a tree of tensors. Whether they are those of the
 * function only the call can tell.
 */
export function checkInputs<Args extends readonly unknown[]>(
  where: string,
  inputs: unknown,
): asserts inputs is Args {
  if (!Array.isArray(inputs)) {
    throw new ArgumentError(
      `${where}: got ${kindOf(inputs)} as the inputs, expected the array of arguments: [x, …]`,
    );
  }
  checkTree(where, inputs, "inputs");
}

/** The function, which throws ArgumentError unless its result is a tree of tensors. */
export function withTreeResult<Args extends readonly unknown[], R>(
  where: string,
  fn: (...args: Args) => R,
): (...args: Args) => R {
  return (...args) => {
    const result = fn(...args);
    checkResult(where, result);
    return result;
  };
}

/** A promise, or nothing at all, is no tree of tensors. */
function checkResult(where: string, result: unknown): void {
  const got = kindOf(result);
  const hint =
    got === "a promise"
      ? "; a function to check must not be async"
      : result === undefined
        ? "; is there a return missing?"
        : "";
  if (hint !== "" || result === null)
    throw new ArgumentError(`${where}: the function returned ${got}, expected a tree of tensors${hint}`);
  checkTree(where, result, "result");
}

/** Throws ArgumentError, with the path, for what is neither tensor nor array nor plain object of such. */
export function checkTree(where: string, value: unknown, path: string): void {
  if (value === undefined || value === null || isTensor(value)) return;
  if (Array.isArray(value)) for (const [i, item] of value.entries()) checkTree(where, item, `${path}[${i}]`);
  else if (isPlain(value))
    for (const [key, item] of Object.entries(value)) checkTree(where, item, `${path}.${key}`);
  else {
    throw new ArgumentError(
      `${where}: got ${kindOf(value)} at ${path}, expected tensors in arrays and plain objects`,
    );
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
