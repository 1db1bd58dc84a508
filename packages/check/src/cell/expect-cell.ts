import { ArgumentError, isTensor } from "@tapeloop/core";
import { checkTree, kindOf } from "../expect.js";

/**
 * Throws ArgumentError for what is no cell.
 *
 * @param where the check that was asked for
 */
export function expectCell(where: string, cell: unknown): void {
  const expected = "expected a cell { name, init or params, state, step }, such as defineCell makes";
  if (typeof cell !== "object" || cell === null || Array.isArray(cell) || isTensor(cell))
    throw new ArgumentError(`${where}: got ${kindOf(cell)}, ${expected}`);
  const lacks = ["name", "state", "step"].filter((key) => !(key in cell));
  if (lacks.length > 0)
    throw new ArgumentError(`${where}: got an object without ${lacks.join(" and ")}, ${expected}`);
  const name: unknown = Reflect.get(cell, "name");
  if (typeof name !== "string")
    throw new ArgumentError(`${where}: got a cell whose name is ${kindOf(name)}, expected a string`);
  const methods = ["init", "params", "state", "step"].map((key) => {
    const method: unknown = Reflect.get(cell, key);
    if (method === undefined && (key === "init" || key === "params")) return false;
    if (typeof method !== "function")
      throw new ArgumentError(`${where}: ${key} of ${name} is ${kindOf(method)}, expected a function`);
    return true;
  });
  if (methods[0] === false && methods[1] === false)
    throw new ArgumentError(`${where}: ${name} has neither init nor params, expected one of them`);
}

/** Throws ArgumentError unless `sizes` has whole numbers ≥ 1, among them `input`. */
export function expectSizes(where: string, sizes: unknown): void {
  const isRecord = typeof sizes === "object" && sizes !== null && !Array.isArray(sizes) && !isTensor(sizes);
  const input: unknown = isRecord && "input" in sizes ? sizes.input : undefined;
  if (typeof input === "number" && Number.isSafeInteger(input) && input >= 1) return;
  throw new ArgumentError(
    `${where}: got sizes ${isRecord ? JSON.stringify(sizes) : kindOf(sizes)}, expected those of the cell, with input ≥ 1`,
  );
}

/** Throws ArgumentError for parameters or a state that are no tree of tensors; a promise is none. */
export function expectTree(where: string, cell: string, part: "params" | "state", tree: unknown): void {
  checkTree(`${where}: ${part} of ${cell}`, tree, part);
}

/** Throws ArgumentError for a step that returns anything but { state, output }, a tree and a tensor. */
export function expectStep(where: string, cell: string, result: unknown): void {
  const expected = "expected { state, output } with a tensor as the output";
  const isRecord = typeof result === "object" && result !== null && !isTensor(result);
  if (!isRecord || !("state" in result) || !("output" in result)) {
    const hint = kindOf(result) === "a promise" ? "; a step must not be async" : "";
    throw new ArgumentError(`${where}: step of ${cell} returned ${kindOf(result)}, ${expected}${hint}`);
  }
  if (!isTensor(result.output))
    throw new ArgumentError(
      `${where}: step of ${cell} returned ${kindOf(result.output)} as the output, ${expected}`,
    );
  checkTree(`${where}: step of ${cell}`, result.state, "state");
}
