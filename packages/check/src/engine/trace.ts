import { observe, type Execution } from "@tapeloop/core";
import type { Choice, Trace } from "../numeric/branch.js";

export type { Trace } from "../numeric/branch.js";

/** Runs `fn` and says which branch it took. */
export function traced<R>(fn: () => R): { readonly result: R; readonly trace: Trace } {
  const choices: Choice[] = [];
  let path = OFFSET;
  const listener = ({ op, inputs, outputs, attrs, where }: Execution): void => {
    path = mix(path, hashOf(op.name));
    for (const { shape } of outputs) for (const n of shape) path = mix(path, n);
    if (op.pieces === undefined) return;
    const pieces = op.pieces(inputs, attrs);
    if (pieces.length === 0) return;
    choices.push({ op: op.name, where, shape: outputs[0]?.shape ?? [], pieces, path });
  };
  const result = observe(listener, fn);
  return { result, trace: { choices, path } };
}

// Fowler, Noll and Vo's hash (FNV-1a), a word at a time.
const OFFSET = 0x811c9dc5;

function mix(hash: number, word: number): number {
  return Math.imul(hash ^ word, 0x01000193);
}

const hashes = new Map<string, number>();

function hashOf(name: string): number {
  const known = hashes.get(name);
  if (known !== undefined) return known;
  let hash = OFFSET;
  for (let i = 0; i < name.length; i++) hash = mix(hash, name.charCodeAt(i));
  hashes.set(name, hash);
  return hash;
}
