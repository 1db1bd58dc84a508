import { i32, type FunctionBuilder, type FunctionRef, type ModuleBuilder } from "../../wasm/index.js";
import { kernelsOf, type Program, type Step } from "../ir.js";

/**
 * Readings of a clock in a program that is measured: `env.tick(k)` is called whenever kernel k has run, so that the time
 * since the tick before is that of one run; and once before the first kernel, as kernel `kernels.length`.
 */
export class Ticks {
  readonly #tick: FunctionRef;
  readonly #kernels: ReadonlyMap<Step, number>;

  constructor(module: ModuleBuilder, program: Program) {
    this.#tick = module.importFunction("tick", { params: ["i32"] });
    this.#kernels = new Map(kernelsOf(program).map(({ step }, k) => [step, k]));
  }

  /** The kernels are about to begin. */
  begin(f: FunctionBuilder): void {
    f.call(this.#tick, [i32.const(this.#kernels.size)]);
  }

  /** A step is done. */
  after(f: FunctionBuilder, step: Step): void {
    const kernel = this.#kernels.get(step);
    if (kernel !== undefined) f.call(this.#tick, [i32.const(kernel)]);
  }
}
