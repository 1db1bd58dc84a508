import { TraceError } from "../errors.js";
import { runAt } from "../tape/where.js";
import { allocate, type Dtype, type TypedArray } from "../tensor/dtype.js";
import { sizeOf } from "../tensor/shape.js";
import { fromBuffer, viewOf, type Tensor, type TensorType } from "../tensor/tensor.js";
import type { Blas } from "./blas.js";
import type { Emitted } from "./emit/program.js";
import { Unsupported } from "./limits.js";
import { MAILBOX } from "./plan/arena.js";
import { thisEngine } from "./target.js";
import { gather, patienceFor, type Crew } from "./threads/crew.js";
import type { Support } from "./threads/support.js";
import { elementBytes, resolve, type Call, type Literal, type Program, type View } from "./ir.js";

/** The type of an output, and the name that it is given. */
export type OutputType = TensorType & { readonly label?: string | undefined };

/** A program in memory of its own, ready to be called with tensors of the types that it was made for. */
export interface Instance {
  readonly call: (inputs: readonly Tensor[]) => Tensor[];
  /** Another one when a worker has been lost. */
  readonly memory: WebAssembly.Memory;
  /** Those who run it together. */
  readonly crew: Crew | undefined;
}

/** What an instance rests on. */
export interface InstanceOptions {
  /** Makes the products that the program leaves to a library. */
  readonly blas?: Blas | undefined;
  /** What the threads of the program rest on, if it has any. */
  readonly support?: Support | undefined;
  /** See `gather`. */
  readonly patience?: number;
  /** Told what has run, by a program that tells; see `Ticks`. */
  readonly tick?: (kernel: number) => void;
}

export function instantiate(
  program: Program,
  emitted: Emitted,
  types: readonly OutputType[],
  options: InstanceOptions = {},
): Instance {
  if (typeof WebAssembly === "undefined") throw new Unsupported("this engine has no WebAssembly");
  // Refused for the memory before time is spent on the code.
  const memory = memoryOf(emitted.pages, emitted.threads !== undefined);
  const module = moduleOf(emitted.bytes);
  let now = furnish(module, memory, program, emitted, types, options);
  return {
    get memory() {
      return now.memory;
    },
    get crew() {
      return now.crew;
    },
    call(inputs) {
      if (now.crew?.isSpent()) {
        now.crew.release();
        now = furnish(module, anotherMemory(emitted.pages), program, emitted, types, options);
      }
      return now.call(inputs);
    },
  };
}

/** Puts a program into a memory. */
function furnish(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  program: Program,
  emitted: Emitted,
  types: readonly OutputType[],
  { blas, support, patience = patienceFor(0), tick = ignore }: InstanceOptions,
): Instance {
  const { buffer } = memory;
  const mailbox = new Int32Array(buffer, 0, MAILBOX / 4);
  const host = (index: number, time: number): void => {
    const step = emitted.hosts[index];
    if (step !== undefined) runHost(step, buffer, mailbox, time);
  };
  const natives = emitted.natives.map((each) => blas?.product(each, buffer));
  // Addresses beyond 2 GiB are negative as int32.
  const product = (kind: number, a: number, b: number, c: number): void => {
    natives[kind]?.(a >>> 0, b >>> 0, c >>> 0);
  };
  const crew =
    emitted.threads && support
      ? gather({ module, memory }, emitted.threads.count, emitted.arena.control, support, patience)
      : undefined;
  const env = { memory, host, product, tick, wait: (generation: number) => crew?.wait(generation) };
  const { run } = new WebAssembly.Instance(module, { env }).exports;
  if (!isFunction(run)) throw new TraceError("compile: the program exports no function run");
  for (const { buffer: target, data } of program.constants) {
    arrayAt(buffer, target.dtype, target.address ?? 0, target.elements).set(data);
  }
  const slots = program.inputs.map(({ dtype, address = 0, elements }) =>
    arrayAt(buffer, dtype, address, elements),
  );
  const results = program.outputs.map((output, i) => resultOf(buffer, output, types[i]));
  return {
    memory,
    crew,
    call(inputs) {
      slots.forEach((slot, i) => {
        const input = inputs[i];
        if (input !== undefined) slot.set(input.data);
      });
      if (crew === undefined) run(0, 1);
      else crew.run(run);
      return results.map((result, i) => {
        const tensor = result();
        tensor.label = types[i]?.label;
        return tensor;
      });
    },
  };
}

/** Programs that are not measured do not even import it. */
function ignore(): void {
  return undefined;
}

export function isFunction(value: unknown): value is (worker: number, workers: number) => void {
  return typeof value === "function";
}

function memoryOf(pages: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (error) {
    if (error instanceof RangeError)
      throw new Unsupported(`${pages * 65536} bytes of memory: ${error.message}`);
    throw error;
  }
}

/** A memory in place of one that was given up with a worker. */
function anotherMemory(pages: number): WebAssembly.Memory {
  try {
    return memoryOf(pages, true);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new TraceError(
      `compile: a worker failed, and there is nothing to begin anew with: ${error.message}`,
    );
  }
}

/**
 * @throws Unsupported where the engine cannot or may not take code: no SIMD, or a policy that forbids it; TraceError for
 *   code that no engine takes, which must not go unseen
 */
export function moduleOf(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!thisEngine().simd) throw new Unsupported(`this engine has no WebAssembly SIMD: ${message}`);
    // Valid code is refused by policies, or because it is too large to be compiled at once.
    if (WebAssembly.validate(bytes)) throw new Unsupported(message);
    throw new TraceError(`compile: made a program that is not valid, a defect of the library: ${message}`);
  }
}

/** Reads one output out of memory: a copy, which later calls do not touch. */
function resultOf(memory: ArrayBuffer, output: View | Literal, type: TensorType | undefined): () => Tensor {
  if (type === undefined) throw new TraceError("compile: an output has no type");
  if (!("buffer" in output)) {
    return () => fromBuffer(type, allocate(type.dtype, sizeOf(type.shape)).fill(output.value));
  }
  const { buffer, offset } = resolve(output);
  const address = (buffer.address ?? 0) + offset * elementBytes[buffer.dtype];
  const array = arrayAt(memory, buffer.dtype, address, sizeOf(type.shape));
  return () => fromBuffer(type, array.slice());
}

function arrayAt(memory: ArrayBuffer, dtype: Dtype, address: number, elements: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(memory, address, elements);
    case "float64":
      return new Float64Array(memory, address, elements);
    case "int32":
      return new Int32Array(memory, address, elements);
    case "bool":
      return new Uint8Array(memory, address, elements);
  }
}

/** Runs the reference kernel of an operation on what lies in memory. */
export function runHost(step: Call, memory: ArrayBuffer, mailbox: Int32Array, time: number): void {
  let next = 0;
  // Addresses beyond 2 GiB are negative as int32.
  const addressAt = (index: number): number => (mailbox[index] ?? 0) >>> 0;
  const inputs = step.inputs.map((input) => {
    if (!("buffer" in input)) {
      const { shape, dtype, value } = input;
      const one = fromBuffer({ shape: [], dtype }, allocate(dtype, 1).fill(value));
      return viewOf(one, shape, { strides: shape.map(() => 0), offset: 0 });
    }
    return tensorAt(memory, input, addressAt(next++));
  });
  const where = time < 0 ? step.where : { ...step.where, step: time };
  const results = runAt(where, () => step.op.forward(inputs, step.attrs, step.types));
  step.outputs.forEach((output, i) => {
    const address = addressAt(next++);
    const target = arrayAt(memory, output.buffer.dtype, address, sizeOf(output.shape));
    const result = results[i];
    if (result !== undefined) target.set(result.data);
  });
}

/** A tensor that looks at memory, for as long as a kernel runs. */
function tensorAt(memory: ArrayBuffer, { buffer: { dtype }, shape, strides }: View, address: number): Tensor {
  const bytes = elementBytes[dtype];
  const whole = arrayAt(
    memory,
    dtype,
    address % bytes,
    Math.floor((memory.byteLength - (address % bytes)) / bytes),
  );
  const all = fromBuffer({ shape: [whole.length], dtype }, whole);
  return viewOf(all, shape, { strides, offset: Math.floor(address / bytes) });
}
