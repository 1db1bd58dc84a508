import { TraceError } from "../../errors.js";
import { applyAll } from "../../tape/apply.js";
import type { Attributes, Op } from "../../tape/op.js";
import { trace } from "../../tape/record.js";
import { allocate } from "../../tensor/dtype.js";
import { sizeOf } from "../../tensor/shape.js";
import { fromBuffer, type Tensor, type TensorType } from "../../tensor/tensor.js";
import { emitProgram } from "../emit/program.js";
import { isFunction, moduleOf, runHost } from "../instance.js";
import { elementBytes, resolve, type Buffer, type Literal, type View } from "../ir.js";
import { Unsupported } from "../limits.js";
import { lower } from "../lower/lower.js";
import { optimize } from "../passes/index.js";
import { thisEngine } from "../target.js";
import type { Heap } from "./heap.js";
import { copyRegion, type Region } from "./region.js";

/** One operation as a program in the common memory. */
export interface OperationProgram {
  /** Throws what the operation's reference kernel throws inside the program. */
  run(regions: readonly Region[], types: readonly TensorType[]): Tensor[];
}

/** Makes the program of an operation on tensors that lie as the regions say. Throws Unsupported if that cannot be. */
export function programOf(
  op: Op,
  attrs: Attributes,
  inputs: readonly TensorType[],
  regions: readonly Region[],
  { heap, maxBytes }: { readonly heap: Heap; readonly maxBytes: number },
): OperationProgram {
  const tape = trace((own) => applyAll(op, own, attrs), inputs);
  const program = lower(optimize(tape), new Map(), regions);
  if (program.constants.length > 0) throw new Unsupported("it has constants, which memory does not keep");
  const { bytes, pages, hosts, arena } = emitProgram(program, thisEngine(), { grows: true });
  if (arena.bytes > maxBytes) throw new Unsupported(`it needs ${arena.bytes} bytes of memory`);
  heap.reserve(pages);
  const host = (index: number, time: number): void => {
    const step = hosts[index];
    if (step !== undefined) runHost(step, heap.memory.buffer, heap.mailbox, time);
  };
  const { run } = new WebAssembly.Instance(moduleOf(bytes), { env: { memory: heap.memory, host } }).exports;
  if (!isFunction(run)) throw new TraceError("compile: the program exports no function run");
  const slots = program.inputs.map(placeOf);
  const results = program.outputs.map(resultPlace);
  return {
    run(given, types) {
      slots.forEach(({ dtype, at }, i) => {
        const region = given[i];
        if (region !== undefined) copyRegion(region, heap.as(dtype), at);
      });
      run(0, 1);
      return results.map((result, i) => {
        const type = types[i];
        if (type === undefined) throw new TraceError(`compile: ${op.name} has an output without a type`);
        const size = sizeOf(type.shape);
        if (!("at" in result)) return fromBuffer(type, allocate(type.dtype, size).fill(result.value));
        return fromBuffer(type, heap.as(type.dtype).slice(result.at, result.at + size));
      });
    },
  };
}

/** Where a buffer's elements are, counted in elements of its dtype. */
function placeOf({ dtype, address = 0 }: Buffer) {
  return { dtype, at: address / elementBytes[dtype] };
}

function resultPlace(output: View | Literal) {
  if (!("buffer" in output)) return output;
  const { buffer, offset } = resolve(output);
  return { at: placeOf(buffer).at + offset };
}
