import { unsigned, type Code } from "./bytes.js";

/** The types of WebAssembly values: numbers, and vectors of 128 bits. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

export const typeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/**
 * An expression: code that leaves one value of a known type on the stack. TypeScript's types thus check what the
 * engine's validation would. Using one twice computes it twice: keep it in a local instead.
 */
export interface Value<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: Code;
}

/** Code that leaves nothing on the stack. */
export interface Statement {
  readonly type: "none";
  readonly code: Code;
}

/** A local variable of a function; as an expression, its value. */
export interface Local<T extends ValueType = ValueType> extends Value<T> {
  readonly index: number;
}

/** Where in memory: `base + offset` bytes. The sum must not pass 4 GiB. */
export interface Address {
  readonly base: Value<"i32">;
  readonly offset?: number;
}

export function value<T extends ValueType>(type: T, ...code: readonly Code[]): Value<T> {
  return { type, code };
}

export function statement(...code: readonly Code[]): Statement {
  return { type: "none", code };
}

/** Makes constructors of one-byte instructions on operands of fixed types. */
export function unary<A extends ValueType, R extends ValueType>(result: R, ...opcode: readonly number[]) {
  return (a: Value<A>): Value<R> => value(result, a.code, opcode);
}

export function binary<A extends ValueType, B extends ValueType, R extends ValueType>(
  result: R,
  ...opcode: readonly number[]
) {
  return (a: Value<A>, b: Value<B>): Value<R> => value(result, a.code, b.code, opcode);
}

export function ternary<A extends ValueType, R extends ValueType>(result: R, ...opcode: readonly number[]) {
  return (a: Value<A>, b: Value<A>, c: Value<A>): Value<R> => value(result, a.code, b.code, c.code, opcode);
}

/** The opcode of a SIMD instruction: a prefix and a number. */
export function simd(number: number): number[] {
  return [0xfd, ...unsigned(number)];
}

/** The alignment that is promised (as a power of two) and the offset. */
function memoryArgument(alignment: number, offset = 0): Code {
  return [alignment, unsigned(offset)];
}

export function loads<T extends ValueType>(type: T, alignment: number, ...opcode: readonly number[]) {
  return ({ base, offset }: Address): Value<T> =>
    value(type, base.code, opcode, memoryArgument(alignment, offset));
}

export function stores<T extends ValueType>(alignment: number, ...opcode: readonly number[]) {
  return ({ base, offset }: Address, what: Value<T>): Statement =>
    statement(base.code, what.code, opcode, memoryArgument(alignment, offset));
}

/** Loads into, or stores from, one lane of a vector. */
export function lanesArgument(alignment: number, offset: number | undefined, lane: number): Code {
  return [memoryArgument(alignment, offset), lane];
}
