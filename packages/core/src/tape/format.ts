import { ArgumentError } from "../errors.js";
import { checkObject, kindOf } from "../expect.js";
import { formatShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Tape, TapeNode } from "./tape.js";
import { formatWhere } from "./where.js";

/**
 * A tape as text: inputs, then one line a node, then what is returned. Constants are written as values when they
 * are scalars, else as dtype and shape. The body of a loop follows its node, indented; `%6/%9` is %9 in the body
 * of %6.
 */
export function formatTape(tape: Tape): string {
  return tapeLines(tape, namesWithin(tape)).join("\n");
}

function tapeLines(tape: Tape, everywhere: ReadonlyMap<Tensor, string>): string[] {
  const names = nameTensors(tape);
  const refer = (t: Tensor): string => names.get(t) ?? constantText(t);
  const origin = (t: Tensor): string => names.get(t) ?? everywhere.get(t) ?? "an outer tape";
  return [
    ...tape.inputs.map((t) => `${refer(t)} = input : ${typeText(t)}${labelText(t)}`),
    ...tape.nodes.flatMap((node) => [
      nodeLine(node, refer, origin),
      ...bodiesOf(node).flatMap((body) => tapeLines(body, everywhere).map((line) => `  | ${line}`)),
    ]),
    `return ${tape.outputs.map(refer).join(", ")}`,
  ];
}

function nodeLine(node: TapeNode, refer: (t: Tensor) => string, origin: (t: Tensor) => string): string {
  const settings = attributeEntries(node.attrs).filter(([, value]) => !isTape(value));
  const attrs = settings.map(([key, value]) => `${key}=${valueText(value)}`).join(", ");
  const call = [node.op.name, ...node.inputs.map(refer), ...(attrs === "" ? [] : [`{${attrs}}`])].join(" ");
  const { derivative } = node.where;
  const sweep = derivative === undefined ? "" : `${derivative.mode} of ${origin(derivative.of)}`;
  const place = [formatWhere(node.where), sweep].filter((text) => text !== "").join("; ");
  const types = node.outputs.map(typeText).join(", ");
  const line = `${node.outputs.map(refer).join(", ")} = ${call} : ${types}${node.outputs.map(labelText).join("")}`;
  return place === "" ? line : `${line}  # ${place}`;
}

/** The nested programs of a node: the body of a loop or of a block. */
function bodiesOf(node: TapeNode): Tape[] {
  return attributeEntries(node.attrs).flatMap(([, value]) => (isTape(value) ? [value] : []));
}

/** Names of the tensors in all nested bodies, by the node that holds them. */
function namesWithin(tape: Tape, prefix = ""): Map<Tensor, string> {
  const all = new Map<Tensor, string>();
  const names = nameTensors(tape);
  for (const [t, name] of names) all.set(t, prefix + name);
  for (const node of tape.nodes) {
    const [first] = node.outputs;
    const path = `${prefix}${first === undefined ? node.op.name : (names.get(first) ?? "")}/`;
    for (const body of bodiesOf(node)) for (const [t, name] of namesWithin(body, path)) all.set(t, name);
  }
  return all;
}

/** `%0, %1, …` for the inputs and every output, in order. */
export function nameTensors(tape: Tape): Map<Tensor, string> {
  checkTape("nameTensors", tape);
  const names = new Map<Tensor, string>();
  for (const t of tape.inputs) names.set(t, `%${names.size}`);
  for (const node of tape.nodes) for (const t of node.outputs) names.set(t, `%${names.size}`);
  return names;
}

function constantText(t: Tensor): string {
  if (!t.isAbstract && t.size === 1 && t.rank === 0) return String(t.toArray());
  return `const(${typeText(t)}${labelText(t)})`;
}

function typeText(t: Tensor): string {
  return `${t.dtype} ${formatShape(t.shape)}`;
}

function labelText(t: Tensor): string {
  return t.label === undefined ? "" : ` "${t.label}"`;
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(valueText).join(", ")}]` : String(value);
}

/** The settings worth showing: data, not functions. */
export function attributeEntries(attrs: object): [string, unknown][] {
  checkObject("attributeEntries", attrs, "the attributes, expected an object");
  return Object.entries(attrs).filter(([, value]) => value !== undefined && typeof value !== "function");
}

/** Throws ArgumentError unless `tape` is one. */
export function checkTape(where: string, tape: unknown): void {
  if (!isTape(tape))
    throw new ArgumentError(`${where}: got ${kindOf(tape)}, expected a tape, such as record(fn, …args).tape`);
}

/** Whether a setting is a nested program. A structural test, so that `format` does not depend on the class. */
export function isTape(value: unknown): value is Tape {
  return (
    typeof value === "object" && value !== null && "nodes" in value && "inputs" in value && "outputs" in value
  );
}
