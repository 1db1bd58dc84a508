import type { Dtype, TypedArray } from "../../tensor/dtype.js";
import { Unsupported } from "../limits.js";
import { MAILBOX } from "../plan/arena.js";

const PAGE = 65536;

/** One memory that programs use in turn: what it holds means nothing once a call is over. It only ever grows. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  #views: Views;

  /** Throws Unsupported where there is no WebAssembly, or no memory. */
  constructor() {
    if (typeof WebAssembly === "undefined") throw new Unsupported("this engine has no WebAssembly");
    this.memory = orUnsupported(1, () => new WebAssembly.Memory({ initial: 1 }));
    this.#views = viewsOf(this.memory.buffer);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Sees to it that there are so many pages. Throws Unsupported when the machine has no more. */
  reserve(pages: number): void {
    const missing = pages - this.bytes / PAGE;
    if (missing <= 0) return;
    orUnsupported(pages, () => this.memory.grow(missing));
    this.#views = viewsOf(this.memory.buffer);
  }

  /** All memory as elements of a dtype; until it grows. */
  as(dtype: Dtype): TypedArray {
    return this.#views[dtype];
  }

  /** Where programs leave the addresses that a call of the host passes. */
  get mailbox(): Int32Array {
    return this.#views.int32.subarray(0, MAILBOX / 4);
  }
}

function orUnsupported<T>(pages: number, allocate: () => T): T {
  try {
    return allocate();
  } catch (error) {
    throw new Unsupported(`${pages * PAGE} bytes of memory: ${String(error)}`);
  }
}

interface Views {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly bool: Uint8Array;
}

function viewsOf(buffer: ArrayBuffer): Views {
  return {
    float32: new Float32Array(buffer),
    float64: new Float64Array(buffer),
    int32: new Int32Array(buffer),
    bool: new Uint8Array(buffer),
  };
}
