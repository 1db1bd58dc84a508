import {
  f32,
  f64,
  i32,
  i64,
  ModuleBuilder,
  v128,
  type FunctionBuilder,
  type Value,
  type ValueType,
} from "../../src/wasm/index.js";

/** Values by type: JavaScript's, and bytes of a vector. */
export interface Values {
  i32: number;
  i64: bigint;
  f32: number;
  f64: number;
  v128: Uint8Array;
}

type ValuesOf<P extends readonly ValueType[]> = { [K in keyof P]: Values[P[K]] };
type OperandsOf<P extends readonly ValueType[]> = { [K in keyof P]: Value<P[K]> };

/** The bytes of lanes. */
export function bytesOf(lanes: ArrayBufferView): Uint8Array {
  return new Uint8Array(lanes.buffer, lanes.byteOffset, lanes.byteLength).slice();
}

/** Places in memory are this far apart. */
const SLOT = 16;

const access = {
  i32: {
    load: i32.load,
    store: i32.store,
    get: (view: DataView, at: number) => view.getInt32(at, true),
    set: (view: DataView, at: number, x: number) => view.setInt32(at, x, true),
  },
  i64: {
    load: i64.load,
    store: i64.store,
    get: (view: DataView, at: number) => view.getBigInt64(at, true),
    set: (view: DataView, at: number, x: bigint) => view.setBigInt64(at, x, true),
  },
  f32: {
    load: f32.load,
    store: f32.store,
    get: (view: DataView, at: number) => view.getFloat32(at, true),
    set: (view: DataView, at: number, x: number) => view.setFloat32(at, x, true),
  },
  f64: {
    load: f64.load,
    store: f64.store,
    get: (view: DataView, at: number) => view.getFloat64(at, true),
    set: (view: DataView, at: number, x: number) => view.setFloat64(at, x, true),
  },
  v128: {
    load: v128.load,
    store: v128.store,
    get: (view: DataView, at: number) => new Uint8Array(view.buffer, at, 16).slice(),
    set: (view: DataView, at: number, x: Uint8Array) => new Uint8Array(view.buffer, at, 16).set(x),
  },
} as const;

/** The module of one function without parameters or result, and its memory. */
export function runnable(write: (f: FunctionBuilder) => void): { run: () => void; view: DataView } {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  module.export("run", module.func("run", [], write));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } })
    .exports;
  if (typeof run !== "function") throw new Error("the module exports no function");
  return { run: () => void Reflect.apply(run, undefined, []), view: new DataView(memory.buffer) };
}

/** What an expression of operands of the given types computes, as a function of JavaScript values. */
export function executed<const P extends readonly ValueType[], R extends ValueType>(
  params: P,
  result: R,
  write: (...operands: OperandsOf<P>) => Value<R>,
): (...values: ValuesOf<P>) => Values[R] {
  const base = i32.const(0);
  const operands = params.map((type, k) => access[type].load({ base, offset: (k + 1) * SLOT }));
  const { run, view } = runnable((f) => f.run(store(result, write(...(operands as OperandsOf<P>)))));
  return (...values) => {
    values.forEach((x, k) => setValue(view, (k + 1) * SLOT, params[k]!, x));
    run();
    return access[result].get(view, 0) as Values[R];
  };
}

function store(type: ValueType, x: Value) {
  const at = { base: i32.const(0) };
  switch (type) {
    case "i32":
      return i32.store(at, { ...x, type });
    case "i64":
      return i64.store(at, { ...x, type });
    case "f32":
      return f32.store(at, { ...x, type });
    case "f64":
      return f64.store(at, { ...x, type });
    case "v128":
      return v128.store(at, { ...x, type });
  }
}

function setValue(view: DataView, at: number, type: ValueType, x: Values[ValueType]): void {
  if (typeof x === "bigint") access.i64.set(view, at, x);
  else if (typeof x !== "number") access.v128.set(view, at, x);
  else if (type === "i32") access.i32.set(view, at, x);
  else if (type === "f32") access.f32.set(view, at, x);
  else access.f64.set(view, at, x);
}
