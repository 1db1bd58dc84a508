import {
  i32,
  type FunctionBuilder,
  type FunctionRef,
  type ModuleBuilder,
  type Value,
} from "../../wasm/index.js";

/** `x + bytes`. */
export function plus(x: Value<"i32">, bytes: number): Value<"i32"> {
  return bytes === 0 ? x : i32.add(x, i32.const(bytes));
}

/** 0 … count − 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Runs the body `times` times; pointers move on by their steps in bytes. Gives where they point in the end. */
export function repeat<K extends string>(
  f: FunctionBuilder,
  times: number,
  pointers: Readonly<Record<K, { readonly from: Value<"i32">; readonly step: number }>>,
  body: (at: Readonly<Record<K, Value<"i32">>>) => void,
): Readonly<Record<K, Value<"i32">>>;
export function repeat(
  f: FunctionBuilder,
  times: number,
  pointers: Readonly<Record<string, { readonly from: Value<"i32">; readonly step: number }>>,
  body: (at: Readonly<Record<string, Value<"i32">>>) => void,
): Readonly<Record<string, Value<"i32">>> {
  const entries = Object.entries(pointers);
  const given = Object.fromEntries(entries.map(([key, { from }]) => [key, from]));
  if (times === 0) return given;
  if (times === 1) {
    body(given);
    return Object.fromEntries(entries.map(([key, { from, step }]) => [key, plus(from, step)]));
  }
  const moving = entries.map(([key, { from, step }]) => ({ key, step, local: f.keep(from) }));
  const at = Object.fromEntries(moving.map(({ key, local }) => [key, local]));
  const left = f.keep(i32.const(times));
  f.doWhile(
    () => {
      body(at);
      for (const { step, local } of moving) if (step !== 0) f.set(local, plus(local, step));
      f.set(left, i32.sub(left, i32.const(1)));
    },
    () => left,
  );
  return at;
}

const functions = new WeakMap<ModuleBuilder, Map<string, FunctionRef>>();

/** The module's function for `key`; defined by the first who asks. */
export function shared(module: ModuleBuilder, key: unknown, define: () => FunctionRef): FunctionRef {
  const known = functions.get(module) ?? new Map<string, FunctionRef>();
  functions.set(module, known);
  const text = JSON.stringify(key);
  const found = known.get(text) ?? define();
  known.set(text, found);
  return found;
}
