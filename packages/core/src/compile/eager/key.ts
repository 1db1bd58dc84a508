import { isTape } from "../../tape/format.js";
import type { Attributes, Op } from "../../tape/op.js";
import type { Tape } from "../../tape/tape.js";
import type { Tensor, TensorType } from "../../tensor/tensor.js";
import type { Region } from "./region.js";

/** What a program is made for, as text that is equal for equal operations, settings, types and layouts. */
export function keyOf(
  op: Op,
  attrs: Attributes,
  inputs: readonly Tensor[],
  regions: readonly Region[],
): string {
  let key = `${idOf(op)}${settingsOf(attrs)}`;
  for (let i = 0; i < inputs.length; i++) {
    const [input, region] = [inputs[i], regions[i]];
    if (input === undefined || region === undefined) continue;
    key += `;${input.dtype} ${input.shape.join()}/${region.strides.join()}/${region.offset}`;
  }
  return key;
}

const ids = new WeakMap<Op, number>();
let operations = 0;

function idOf(op: Op): number {
  let id = ids.get(op);
  if (id === undefined) ids.set(op, (id = operations++));
  return id;
}

function settingsOf(attrs: Attributes): string {
  let text = "";
  for (const [name, value] of Object.entries(attrs)) {
    // What a loop keeps for its derivative is among the outputs of its body; functions are rules of derivatives.
    if (name !== "saved" && typeof value !== "function") text += ` ${name}=${settingOf(value)}`;
  }
  return text;
}

function settingOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(settingOf).join()}]`;
  if (isTape(value)) return `{${bodyOf(value)}}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return `{${settingsOf({ ...value })} }`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A closed tape: what its nodes do, on which values. */
function bodyOf({ inputs, nodes, outputs, constants }: Tape): string {
  const names = new Map<Tensor, number>();
  const list = (tensors: readonly Tensor[]): string => tensors.map((t) => names.get(t) ?? "?").join();
  const define = (tensors: readonly Tensor[]): string =>
    tensors
      .map(
        (t: TensorType & Tensor) => `${String(names.set(t, names.size).size)}:${t.dtype} ${t.shape.join()}`,
      )
      .join();
  const given = `${define(inputs)}|${define(constants)}=${constants.map((t) => [...t.data].map(settingOf).join()).join(";")}`;
  const steps = nodes.map(
    ({ op, attrs, inputs: from, outputs: to }) =>
      `${idOf(op)}${settingsOf(attrs)}(${list(from)})${define(to)}`,
  );
  return [given, ...steps, list(outputs)].join("|");
}
