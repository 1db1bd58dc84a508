import { TapeloopError } from "../../errors.js";
import type { Executor } from "../../tape/execute.js";
import type { Attributes, Op } from "../../tape/op.js";
import type { Tensor, TensorType } from "../../tensor/tensor.js";
import { Unsupported } from "../limits.js";
import { Cache } from "./cache.js";
import { Heap } from "./heap.js";
import { keyOf } from "./key.js";
import { programOf, type OperationProgram } from "./program.js";
import { regionOf, type Region } from "./region.js";

/** Which operations run as programs of their own, and how much is kept for them. */
export interface EagerOptions {
  /** Whether the operation on these inputs is worth it. Says the same for the same types, so that results repeat. */
  readonly admits: (op: Op, inputs: readonly Tensor[], types: readonly TensorType[]) => boolean;
  /** Programs to keep: the one that was not used for longest makes room for a new one. */
  readonly maxPrograms: number;
  /** Operations that need more memory are declined. */
  readonly maxBytes: number;
}

/**
 * Runs operations as compiled programs, one by one: operands are copied into a memory that all programs share, and
 * results out of it. An operation that no program can be made for here, or whose program fails, is declined: the
 * reference kernel then has the last word, on errors too.
 */
export class EagerPrograms {
  readonly #options: EagerOptions;
  readonly #programs: Cache<OperationProgram | null>;
  #heap: Heap | undefined;
  #isBusy = false;
  #runs = 0;

  constructor(options: EagerOptions) {
    this.#options = options;
    this.#programs = new Cache(options.maxPrograms);
  }

  /** How many operations have run as programs. */
  get runs(): number {
    return this.#runs;
  }

  /** Programs that are kept, and operations known to have none. */
  get programs(): number {
    return this.#programs.size;
  }

  /** Size of the memory that the programs share. */
  get bytes(): number {
    return this.#heap?.bytes ?? 0;
  }

  readonly execute: Executor = (op, inputs, attrs, types) => {
    // An operation that a program calls (one of the user's, inside a loop) must not use the memory that it works on.
    if (this.#isBusy || !this.#options.admits(op, inputs, types)) return undefined;
    const regions = inputs.map(regionOf);
    const key = keyOf(op, attrs, inputs, regions);
    const program = this.#programs.get(key, () => this.#make(op, attrs, inputs, regions));
    if (program === null) return undefined;
    this.#isBusy = true;
    try {
      const results = program.run(regions, types);
      this.#runs++;
      return results;
    } catch (error) {
      if (!(error instanceof TapeloopError)) throw error;
      return undefined;
    } finally {
      this.#isBusy = false;
    }
  };

  #make(
    op: Op,
    attrs: Attributes,
    inputs: readonly Tensor[],
    regions: readonly Region[],
  ): OperationProgram | null {
    const { maxBytes } = this.#options;
    try {
      this.#heap ??= new Heap();
      return programOf(op, attrs, inputs, regions, { heap: this.#heap, maxBytes });
    } catch (error) {
      if (error instanceof Unsupported) return null;
      throw error;
    }
  }
}
