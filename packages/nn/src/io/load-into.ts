import {
  ArgumentError,
  checkObject,
  kindOf,
  label,
  sameShape,
  treeUnflatten,
  type Tensor,
} from "@tapeloop/core";
import { SafetensorsError } from "./errors.js";
import { loadSafetensors, type Safetensors } from "./load.js";
import { namedLeaves } from "./names.js";

/**
 * A tree like `template` with the tensors of a file: the way back from {@link saveSafetensors}. The template says
 * which tensors there must be; freshly initialised parameters will do, as their values are not used.
 *
 * @param source the file's bytes, or what {@link loadSafetensors} made of them
 * @throws SafetensorsError when the file is not valid, lacks a tensor, has one too many, or one of another shape or
 *   dtype; the message names all of them
 */
export function loadInto<T>(template: T, source: Uint8Array | Safetensors): T {
  const { tensors } = source instanceof Uint8Array ? loadSafetensors(source) : opened(source);
  const leaves = namedLeaves(template);
  const names = new Set(leaves.map((leaf) => leaf.name));
  const missing = leaves.filter((leaf) => !tensors.has(leaf.name)).map((leaf) => leaf.name);
  const extra = [...tensors.keys()].filter((name) => !names.has(name));
  if (missing.length > 0 || extra.length > 0) {
    const parts = [
      missing.length === 0 ? "" : `lacks ${listed(missing)}`,
      extra.length === 0 ? "" : `has ${listed(extra)}, which the template lacks`,
    ];
    throw new SafetensorsError(`loadInto: the file ${parts.filter((part) => part !== "").join(" and ")}`);
  }
  const unfit: string[] = [];
  const found: Tensor[] = [];
  for (const { name, tensor: wanted } of leaves) {
    const got = tensors.get(name);
    if (got === undefined) continue;
    if (!sameShape(got.shape, wanted.shape) || got.dtype !== wanted.dtype) {
      unfit.push(`"${name}": got ${typeText(got)}, expected ${typeText(wanted)}`);
    }
    found.push(wanted.label === undefined ? got : label(got, wanted.label));
  }
  if (unfit.length > 0)
    throw new SafetensorsError(`loadInto: ${unfit.slice(0, MOST).join("; ")}${more(unfit)}`);
  return treeUnflatten(template, found);
}

function opened(source: Safetensors): Safetensors {
  checkObject("loadInto", source, "the file, expected bytes or what loadSafetensors makes of them");
  if (source.tensors instanceof Map) return source;
  throw new ArgumentError(
    `loadInto: got tensors ${kindOf(source.tensors)}, expected what loadSafetensors makes`,
  );
}

/** How many findings a message lists. */
const MOST = 8;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST).map((name) => JSON.stringify(name));
  return `${shown.join(", ")}${more(names)}`;
}

function more(all: readonly string[]): string {
  return all.length > MOST ? ` and ${all.length - MOST} more` : "";
}

function typeText({ dtype, shape }: Tensor): string {
  return `${dtype} [${shape.join(", ")}]`;
}
