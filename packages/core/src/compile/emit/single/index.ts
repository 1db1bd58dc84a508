import type { FunctionRef, Local, ModuleBuilder } from "../../../wasm/index.js";
import { i32 } from "../../../wasm/index.js";
import type { TensorType } from "../../../tensor/tensor.js";
import type { Single, View } from "../../ir.js";
import { argmax, argmin, cumsum, overlapAdd } from "./along.js";
import { gather, scatterAdd } from "./gather.js";
import { oneHot, take, takeGrad } from "./lookups.js";
import { foldIn, randomBits, splitKey } from "./random.js";
import type { SingleWriter } from "./writer.js";

/** Operations that have machine code of their own. */
const writers: Readonly<Record<string, SingleWriter>> = {
  ...{ take, takeGrad, oneHot, gather, scatterAdd },
  ...{ argmax, argmin, cumsum, overlapAdd },
  ...{ randomBits, splitKey, foldIn },
};

/** Defines the function of an operation: parameters are the addresses of inputs and output. */
export function defineSingle(module: ModuleBuilder, step: Single): FunctionRef & { readonly result: "i32" } {
  const { inputs, outputs, attrs, op } = step;
  const write = writers[op.name];
  const [output] = outputs.map(typeOf);
  const [a, b = a, c = a] = inputs.map(typeOf);
  if (write === undefined || output === undefined || a === undefined || b === undefined || c === undefined) {
    throw new RangeError(`compile: ${op.name} has no code`);
  }
  const params = [...inputs, ...outputs].map(() => "i32" as const);
  return module.func(
    op.name,
    params,
    (f) => {
      const at = (i: number): Local<"i32"> => f.param(Math.min(i, params.length - 1), "i32");
      write(f, { inputs: [a, b, c], output, attrs }, [at(0), at(1), at(2), at(3)]);
      f.return(i32.const(0));
    },
    "i32",
  );
}

/** What makes two of them the same code. */
export function singleKey({ op, attrs, inputs, outputs }: Single): string {
  return JSON.stringify([op.name, attrs, inputs.map(typeOf), outputs.map(typeOf)]);
}

function typeOf({ shape, buffer: { dtype } }: View): TensorType {
  return { shape, dtype };
}
