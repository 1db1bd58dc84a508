/** A small WebAssembly assembler: typed expressions, functions, modules, bytes. It knows nothing of tensors. */
export { atomic, unreachable } from "./atomics.js";
export { call, FunctionBuilder, nothing, select, type FunctionRef } from "./function.js";
export { ModuleBuilder, type MemoryLimits, type Signature } from "./module.js";
export { f32, f64, i32, i64, memory } from "./numbers.js";
export type { Address, Local, Statement, Value, ValueType } from "./value.js";
export { f32x4, f64x2, i32x4, i64x2, i8x16, v128 } from "./vectors.js";
