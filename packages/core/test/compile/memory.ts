import type { Blas, Tape, Tensor } from "@tapeloop/core";
import { emitProgram } from "../../src/compile/emit/program.js";
import type { Sharing } from "../../src/compile/emit/schedule.js";
import { instantiate } from "../../src/compile/instance.js";
import { elementBytes, type Buffer, type Program } from "../../src/compile/ir.js";
import { lower } from "../../src/compile/lower/lower.js";
import { withNativeProducts } from "../../src/compile/lower/native-products.js";
import { optimize } from "../../src/compile/passes/index.js";
import { thisEngine } from "../../src/compile/target.js";
import { livesOf } from "../../src/compile/plan/lives.js";
import { inputsFor } from "./passes/programs.js";

/** Bytes between buffers that nobody may write, and what they hold: NaN, −1 and no bool. */
const GUARD = 64;
const FILLER = 0xff;

/**
 * A tape's outputs, computed in memory that was full of rubbish, and where the program wrote what it must not.
 * @param sharing how steps are cut into parts, which then run one after another
 */
export function runGuarded(
  tape: Tape,
  inputs = inputsFor(tape),
  { blas, sharing }: { readonly blas?: Blas; readonly sharing?: Sharing } = {},
): { outputs: Tensor[]; written: string[] } {
  const outer = new Map([...tape.captures].map(([captured, inner]) => [inner, captured] as const));
  const lowered = lower(optimize(tape), outer);
  const program = blas === undefined ? lowered : withNativeProducts(lowered, blas);
  const emitted = emitProgram(program, thisEngine(), { guard: GUARD, sharing });
  const instance = instantiate(program, emitted, tape.outputs, { blas });
  const bytes = new Uint8Array(instance.memory.buffer);
  bytes.fill(FILLER);
  for (const { buffer, data } of program.constants) {
    const size = buffer.elements * elementBytes[buffer.dtype];
    const content = typed(buffer, data);
    bytes.set(new Uint8Array(content.buffer, 0, size), buffer.address ?? 0);
  }
  const given = inputs.filter((_, i) => {
    const input = tape.inputs[i];
    return input !== undefined && !outer.has(input);
  });
  const outputs = instance.call(given);
  return { outputs, written: strayBytes(program, bytes) };
}

function typed({ dtype }: Buffer, data: ArrayLike<number>): { readonly buffer: ArrayBuffer } {
  switch (dtype) {
    case "float32":
      return Float32Array.from(data);
    case "float64":
      return Float64Array.from(data);
    case "int32":
      return Int32Array.from(data);
    case "bool":
      return Uint8Array.from(data);
  }
}

/** Bytes behind the first buffer that belong to none, and are not as they were. */
function strayBytes(program: Program, bytes: Uint8Array): string[] {
  const buffers = [
    ...program.inputs,
    ...program.constants.map(({ buffer }) => buffer),
    ...livesOf(program).map(({ buffer }) => buffer),
  ];
  const owned = new Uint8Array(bytes.length);
  let first = bytes.length;
  for (const { address = 0, elements, dtype } of buffers) {
    owned.fill(1, address, address + elements * elementBytes[dtype]);
    first = Math.min(first, address);
  }
  const stray: string[] = [];
  for (let i = first; i < bytes.length; i++) {
    if (owned[i] === 0 && bytes[i] !== FILLER) stray.push(`byte ${i} is ${bytes[i] ?? 0}`);
  }
  return stray.slice(0, 5);
}
