import {
  i32,
  type FunctionBuilder,
  type FunctionRef,
  type ModuleBuilder,
  type Value,
} from "../../wasm/index.js";
import type { BlasProduct } from "../blas.js";
import type { Step } from "../ir.js";

/** Whether any of the steps calls a library for its product. */
export function hasNative(steps: readonly Step[]): boolean {
  return steps.some((step) =>
    step.kind === "repeat" ? hasNative(step.steps) : step.kind === "product" && step.native !== undefined,
  );
}

/** The products that a program leaves to a library, each kind once: `env.product(kind, a, b, c)` makes them. */
export class NativeProducts {
  readonly kinds: BlasProduct[] = [];
  readonly #product: FunctionRef;
  readonly #known = new Map<string, number>();

  constructor(module: ModuleBuilder) {
    this.#product = module.importFunction("product", { params: ["i32", "i32", "i32", "i32"] });
  }

  /** Calls for one product of the matrices at [a, b, c]. */
  call(f: FunctionBuilder, product: BlasProduct, at: readonly Value<"i32">[]): void {
    const key = JSON.stringify(product);
    const kind = this.#known.get(key) ?? this.kinds.push(product) - 1;
    this.#known.set(key, kind);
    f.call(this.#product, [i32.const(kind), ...at]);
  }
}
