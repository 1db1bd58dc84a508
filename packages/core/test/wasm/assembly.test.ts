import loadWabt from "wabt";
import { describe, expect, it } from "vitest";
import {
  atomic,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  i64,
  i64x2,
  i8x16,
  memory,
  ModuleBuilder,
  unreachable,
  v128,
  type Statement,
  type Value,
  type ValueType,
} from "../../src/wasm/index.js";

/*
 * The emitted bytes beside the WebAssembly Binary Toolkit, which knows the instructions by the names that the
 * specification gives them, and those of relaxed SIMD, which not every engine does.
 */

const wabt = await loadWabt();
const features = { simd: true, relaxed_simd: true, bulk_memory: true, sat_float_to_int: true, threads: true };

const operand: { readonly [T in ValueType]: Value<T> } = {
  i32: i32.const(1),
  i64: i64.const(1n),
  f32: f32.const(1),
  f64: f64.const(1),
  v128: v128.zero(),
};
const scalars = { i32x4: "i32", i64x2: "i64", f32x4: "f32", f64x2: "f64" } as const;
const address = { base: operand.i32, offset: 64 };

function isScalar(type: string): type is Exclude<ValueType, "v128"> {
  return type === "i32" || type === "i64" || type === "f32" || type === "f64";
}

function isVector(type: string): type is keyof typeof scalars {
  return type in scalars;
}

/** Arguments for the constructor of an instruction, as its name tells them. */
function argumentsOf(type: string, name: string, arity: number): unknown[] {
  const own = isScalar(type) ? operand[type] : operand.v128;
  if (/^load.*_lane$|^store.*_lane$/.test(name)) return [address, operand.v128, 0];
  if (name.startsWith("load")) return [address];
  if (name.startsWith("store")) return [address, own];
  if (name === "shuffle") return [own, own, Array.from({ length: 16 }, (_, i) => i)];
  if (isVector(type)) {
    if (name === "splat") return [operand[scalars[type]]];
    if (name === "extract_lane") return [own, 1];
    if (name === "replace_lane") return [own, 1, operand[scalars[type]]];
    if (/^sh[lr]/.test(name)) return [own, operand.i32];
  } else if (isScalar(type)) {
    // A conversion's name ends in what it converts from, and perhaps in how.
    const [, from = ""] = /_([if]\d\d)(_[su])?$/.exec(name) ?? [];
    if (isScalar(from)) return [operand[from]];
  }
  return new Array<unknown>(arity).fill(own);
}

function isCode(made: unknown): made is Value | Statement {
  return typeof made === "object" && made !== null && "code" in made && "type" in made;
}

function moduleOf(made: Value | Statement): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  if (made.type === "none") module.func("f", [], (f) => f.run(made));
  else module.func("f", [], (f) => f.return(made), made.type);
  return module.encode();
}

/** What the toolkit reads in a module; throws when it is not valid. */
function disassembled(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { ...features, readDebugNames: true });
  try {
    module.validate();
    return module.toText({});
  } finally {
    module.destroy();
  }
}

const instructions = Object.entries({ i32, i64, f32, f64, v128, i8x16, i32x4, i64x2, f32x4, f64x2 }).flatMap(
  ([type, constructors]) =>
    Object.entries<(...operands: never[]) => Value | Statement>(constructors).map(([name, make]) => ({
      type,
      name,
      make,
    })),
);

describe("instructions", () => {
  it.each(instructions.filter(({ name }) => !["const", "all", "zero"].includes(name)))(
    "$type.$name is the instruction of that name",
    ({ type, name, make }) => {
      const made: unknown = Reflect.apply(make, undefined, argumentsOf(type, name, make.length));
      if (!isCode(made)) throw new Error(`${type}.${name} made no code`);
      const words = disassembled(moduleOf(made)).split(/[\s()]+/);
      expect(words).toContain(`${type}.${name}`);
    },
  );

  it("memory.copy and memory.fill are, too", () => {
    const one = operand.i32;
    expect(disassembled(moduleOf(memory.copy(one, one, one)))).toContain("memory.copy");
    expect(disassembled(moduleOf(memory.fill(one, one, one)))).toContain("memory.fill");
  });

  it("atomic ones are, with offset and alignment, and need shared memory only to wait", () => {
    const named: [Value | Statement, string][] = [
      [atomic.load(address), "i32.atomic.load offset=64"],
      [atomic.store(address, operand.i32), "i32.atomic.store offset=64"],
      [atomic.add(address, operand.i32), "i32.atomic.rmw.add offset=64"],
      [atomic.wait(address, operand.i32), "memory.atomic.wait32 offset=64"],
      [atomic.notify(address), "memory.atomic.notify offset=64"],
      [unreachable, "unreachable"],
    ];
    for (const [made, name] of named) expect(disassembled(moduleOf(made))).toContain(name);
    expect(disassembled(moduleOf(atomic.wait(address, operand.i32)))).toContain("i64.const -1");
  });

  it("constants have the value that was given", () => {
    const text = (made: Value) => disassembled(moduleOf(made));
    expect(text(i32.const(-123456))).toContain("i32.const -123456");
    expect(text(i64.const(-(1n << 62n)))).toContain(`i64.const ${-(1n << 62n)}`);
    expect(text(f32.const(0.1))).toContain("f32.const 0x1.99999ap-4");
    expect(text(f64.const(0.1))).toContain("f64.const 0x1.999999999999ap-4");
    expect(text(i32x4.all(-2))).toContain("v128.const i32x4 0xfffffffe 0xfffffffe 0xfffffffe 0xfffffffe");
  });

  it("that only the type of an operand makes wrong are seen by the toolkit, so that the above says something", () => {
    const wrong = { ...f64.const(1), type: "i32" as const };
    expect(() => disassembled(moduleOf(i32.add(wrong, wrong)))).toThrow();
  });
});

describe("a module", () => {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1, maximum: 65536 });
  const log = module.importFunction("log", { params: ["f64"] });
  const square = module.func(
    "square",
    ["f64"],
    (f) => f.return(f64.mul(f.param(0, "f64"), f.param(0, "f64"))),
    "f64",
  );
  const main = module.func("main", ["i32", "i32"], (f) => {
    const [from, count] = [f.param(0, "i32"), f.param(1, "i32")];
    f.for(from, count, 16, (base) => {
      f.if(
        i32.eqz(base),
        () => f.call(log, [f64.const(1)]),
        () => f.call(square, [f64.const(2)]),
      );
      const x = f.keep(v128.load({ base, offset: 300 }));
      f.run(v128.store({ base }, f32x4.relaxed_madd(x, x, f.constant(f32x4.all(0.5)))));
    });
  });
  module.export("entry", main);
  const bytes = module.encode();

  it("has its functions, names, imports and exports where they belong", () => {
    const text = disassembled(bytes);
    expect(text).toContain('(import "env" "memory" (memory (;0;) 1 65536))');
    expect(text).toContain('(import "env" "log" (func $log');
    expect(text).toContain("(func $square");
    expect(text).toContain('(export "entry" (func 2))');
    expect(text).toContain("call 0");
    expect(text).toMatch(/call 1\s+drop/);
  });

  it("comes back byte for byte when the toolkit reads and writes it", () => {
    const read = wabt.readWasm(bytes, { ...features, readDebugNames: false });
    const { buffer } = read.toBinary({ canonicalize_lebs: true, write_debug_names: false });
    read.destroy();
    expect([...buffer]).toEqual([...bytes]);
  });

  it("may share its memory between threads", () => {
    const other = new ModuleBuilder();
    other.importMemory({ initial: 1, maximum: 2, shared: true });
    // The toolkit's own validation has no way to be told of threads: the engine's does.
    const read = wabt.readWasm(other.encode(), features);
    expect(read.toText({})).toContain("(memory (;0;) 1 2 shared)");
    read.destroy();
    expect(WebAssembly.validate(other.encode())).toBe(true);
  });

  it("says each type of function once", () => {
    const other = new ModuleBuilder();
    for (const name of ["a", "b", "c"]) other.func(name, ["i32"], () => undefined);
    expect(disassembled(other.encode()).match(/\(type \(;\d+;\)/g)).toHaveLength(1);
  });
});
