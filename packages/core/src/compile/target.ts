import { f32x4, i32, ModuleBuilder, v128, type Local, type Value } from "../wasm/index.js";

/** What the engine that a program is made for can do. */
export interface Target {
  /** Vectors of 128 bits, part of WebAssembly 2.0: without them no program runs. */
  readonly simd: boolean;
  /** Multiply-add in one instruction (the relaxed SIMD proposal): V8 has it from version 11.4, so Node from 21. */
  readonly relaxed: boolean;
}

let known: Target = { simd: false, relaxed: false };

/** What this engine can do. What it cannot is asked anew: Node 20 learns multiply-add on request. */
export function thisEngine(): Target {
  if (!known.relaxed) {
    known = {
      simd: known.simd || takes((x) => f32x4.add(x, x)),
      relaxed: takes((x) => f32x4.relaxed_madd(x, x, x)),
    };
  }
  return known;
}

/** Whether the engine takes code that computes this. */
function takes(compute: (x: Local<"v128">) => Value<"v128">): boolean {
  if (typeof WebAssembly === "undefined") return false;
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  module.func("probe", [], (f) => {
    const base = i32.const(0);
    f.run(v128.store({ base }, compute(f.keep(v128.load({ base })))));
  });
  return WebAssembly.validate(module.encode());
}
