import { ArgumentError, isTensor, type Leaf } from "@tapeloop/core";
import { kindOf } from "../expect.js";

/** Numbers in row-major order: an array, a tensor, `{ data }` of a matrix, a number, or an array of such. */
export type Numbers = number | ArrayLike<number> | { readonly data: ArrayLike<number> } | readonly Numbers[];

/**
 * A gradient derived by hand: a tuple like the inputs (for one input also just its gradient), each a tree like that input
 * with {@link Numbers} in the place of tensors, in which parts may be missing; or a map from paths, such as
 * `inputs[0].wf`, `[0].wf`, or `wf` where that is unambiguous, to numbers.
 */
export type HandGradient = ReadonlyMap<string, Numbers> | object | number | null | undefined;

/** What the formula gave for each variable; `undefined` where it gave nothing. */
export function readHand(
  where: string,
  given: unknown,
  inputs: readonly unknown[],
  variables: readonly Leaf[],
): (Float64Array | undefined)[] {
  const found =
    given instanceof Map ? byPath(where, given, variables) : byStructure(where, given, inputs, variables);
  if (found.every((values) => values === undefined)) {
    throw new ArgumentError(
      `${where}: the hand formula gave no gradient of ${variables.map(({ path }) => path).join(", ")}, expected at least one`,
    );
  }
  return variables.map(({ path, tensor }, k) => {
    const values = found[k];
    if (values !== undefined && values.length !== tensor.size) {
      throw new ArgumentError(
        `${where}: the hand formula gave ${values.length} numbers for ${path}, expected ${tensor.size} of [${tensor.shape.join(", ")}]`,
      );
    }
    return values;
  });
}

function byPath(
  where: string,
  given: ReadonlyMap<unknown, unknown>,
  variables: readonly Leaf[],
): (Float64Array | undefined)[] {
  const found = variables.map((): Float64Array | undefined => undefined);
  for (const [key, value] of given) {
    const name = String(key);
    const exact = variables.findIndex(({ path }) => path === name || path === `inputs${name}`);
    const ends = variables.flatMap(({ path }, k) => (path.endsWith(`.${name}`) ? [k] : []));
    const [at] = exact >= 0 ? [exact] : ends;
    if (at === undefined || (exact < 0 && ends.length > 1)) {
      const paths = variables.map(({ path }) => path).join(", ");
      throw new ArgumentError(
        `${where}: the hand formula gave "${name}", which ${at === undefined ? "is none" : "may be several"} of ${paths}`,
      );
    }
    found[at] = numbersAt(where, value, name);
  }
  return found;
}

function byStructure(
  where: string,
  given: unknown,
  inputs: readonly unknown[],
  variables: readonly Leaf[],
): (Float64Array | undefined)[] {
  const isTuple = Array.isArray(given) && given.length === inputs.length;
  if (!isTuple && inputs.length !== 1) {
    throw new ArgumentError(
      `${where}: the hand formula gave ${kindOf(given)}, expected an array of ${inputs.length} gradients, one for each input, ` +
        "or a Map from paths",
    );
  }
  const tuple: readonly unknown[] = isTuple ? given : [given];
  return variables.map(({ path }) => {
    const value = follow(tuple, path.slice("inputs".length));
    return value === undefined || value === null ? undefined : numbersAt(where, value, path);
  });
}

/** The part of a tree at a path such as `[0].cell.wf`; `undefined` where it ends early. */
function follow(tree: unknown, path: string): unknown {
  let rest = path;
  let value = tree;
  while (rest !== "") {
    if (typeof value !== "object" || value === null) return undefined;
    // A name may hold dots itself: the longest one that is there is meant.
    const keys = rest.startsWith("[") ? [rest.slice(1, rest.indexOf("]"))] : Object.keys(value);
    const step = (key: string): string => (rest.startsWith("[") ? `[${key}]` : key);
    const bare = rest.startsWith(".") ? rest.slice(1) : rest;
    if (!rest.startsWith("[")) rest = bare;
    const [key] = keys
      .filter((k) => rest.startsWith(step(k)) && /^($|[.[])/.test(rest.slice(step(k).length)))
      .sort((a, b) => b.length - a.length);
    if (key === undefined) return undefined;
    value = Reflect.get(value, key);
    rest = rest.slice(step(key).length);
  }
  return value;
}

function numbersAt(where: string, value: unknown, path: string): Float64Array {
  const numbers: number[] = [];
  const visit = (part: unknown): void => {
    if (typeof part === "number") numbers.push(part);
    else if (isTensor(part)) visit(Array.from(part.data));
    else if (Array.isArray(part)) part.forEach(visit);
    else if (part instanceof Float64Array || part instanceof Float32Array)
      for (const x of part) numbers.push(x);
    else if (typeof part === "object" && part !== null && "data" in part) visit(part.data);
    else {
      throw new ArgumentError(
        `${where}: the hand formula gave ${kindOf(part)} at ${path}, ` +
          "expected numbers: an array, a tensor or a matrix { data }",
      );
    }
  };
  visit(value);
  return Float64Array.from(numbers);
}
