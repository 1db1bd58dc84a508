import type { TensorType } from "../../../tensor/tensor.js";
import type { FunctionBuilder, Local } from "../../../wasm/index.js";

/** An operation of its own: the types of what it reads and writes, all in row-major order. */
export interface SingleSpec {
  readonly inputs: readonly [TensorType, TensorType, TensorType];
  readonly output: TensorType;
  readonly attrs: object;
}

/**
 * Writes the code of one operation. The addresses are those of the inputs, then that of the output. The function's
 * result is 0, or 1 where the reference kernel has to say what is wrong with the inputs.
 */
export type SingleWriter = (
  f: FunctionBuilder,
  spec: SingleSpec,
  addresses: readonly [Local<"i32">, Local<"i32">, Local<"i32">, Local<"i32">],
) => void;
