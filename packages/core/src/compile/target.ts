import { f32x4, i32, ModuleBuilder, v128 } from "../wasm/index.js";

/** What the engine that a program is made for can do beyond WebAssembly 2.0. */
export interface Target {
  /** Multiply-add in one instruction (the relaxed SIMD proposal): V8 has it from version 11.4, so Node from 21. */
  readonly relaxed: boolean;
}

let known: Target | undefined;

/** What this engine can do; asked once. */
export function thisEngine(): Target {
  known ??= { relaxed: typeof WebAssembly !== "undefined" && WebAssembly.validate(relaxedProbe()) };
  return known;
}

/** A module that only an engine with relaxed SIMD takes. */
function relaxedProbe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  module.func("probe", [], (f) => {
    const base = i32.const(0);
    const x = f.keep(v128.load({ base }));
    f.run(v128.store({ base }, f32x4.relaxed_madd(x, x, x)));
  });
  return module.encode();
}
