import { defineGemm } from "../../kernels/gemm/index.js";
import { i32, type FunctionBuilder, type FunctionRef, type ModuleBuilder, type Value } from "../../wasm/index.js";
import type { BlasProduct } from "../blas.js";
import type { Product, Step } from "../ir.js";
import { startsInPlace } from "../lower/native-products.js";
import { specOf } from "./product-spec.js";

/** Whether any of the steps calls a library for its product. */
export function hasNative(steps: readonly Step[]): boolean {
  return steps.some((step) =>
    step.kind === "repeat" ? hasNative(step.steps) : step.kind === "product" && step.native !== undefined,
  );
}

/** The products that a program leaves to a library, each kind once: `env.product(kind, a, b, c)` makes them. */
export class NativeProducts {
  readonly kinds: BlasProduct[] = [];
  readonly #module: ModuleBuilder;
  readonly #product: FunctionRef;
  readonly #known = new Map<string, number>();

  constructor(module: ModuleBuilder) {
    this.#module = module;
    this.#product = module.importFunction("product", { params: ["i32", "i32", "i32", "i32"] });
  }

  /**
   * What makes one product of the matrices at [a, b, c, initial?]. A library can only add to what C holds, so what the
   * sums start from is brought there first.
   */
  writer(step: Product, product: BlasProduct): (f: FunctionBuilder, at: readonly Value<"i32">[]) => void {
    const key = JSON.stringify(product);
    const kind = this.#known.get(key) ?? this.kinds.push(product) - 1;
    this.#known.set(key, kind);
    const start = product.accumulate && !startsInPlace(step) ? this.#start(step) : undefined;
    return (f, [a, b, c, initial]) => {
      if (a === undefined || b === undefined || c === undefined) return;
      if (start !== undefined && initial !== undefined) f.call(start, [c, c, c, initial, c]);
      f.call(this.#product, [i32.const(kind), a, b, c]);
    };
  }

  /** A product of matrices without columns and rows is what its sums start from. */
  #start(step: Product): FunctionRef {
    const unread = { row: 0, column: 0 };
    return defineGemm(this.#module, { ...specOf(step), k: 0, a: unread, b: unread });
  }
}
