import { describe, expect, it } from "vitest";
import { checkLimits, LIMITS, Unsupported, type Demands } from "../../src/compile/limits.js";
import { i32, ModuleBuilder } from "../../src/wasm/index.js";

const fine: Demands = {
  memory: LIMITS.memory,
  functions: [{ title: "run", bytes: LIMITS.body, locals: LIMITS.locals }],
};
const [run] = fine.functions;

describe("what engines take", () => {
  it("is not exceeded by a program that is as large as that", () => {
    expect(() => {
      checkLimits(fine);
    }).not.toThrow();
  });

  it.each([
    ["memory", { ...fine, memory: LIMITS.memory + 1 }, /it needs 4,294,967,297 bytes of memory.* 4 GiB/],
    [
      "the body of a function",
      { ...fine, functions: [{ title: "run", locals: 1, ...run, bytes: LIMITS.body + 1 }] },
      /its function run has 7,654,322 bytes, more than the 7,654,321 that engines take/,
    ],
    [
      "local variables",
      { ...fine, functions: [{ title: "run", bytes: 1, ...run, locals: 50_001 }] },
      /its function run has 50,001 local variables, more than the 50,000 that engines take/,
    ],
  ])("is said when %s is more", (_, demands, message) => {
    expect(() => {
      checkLimits(demands);
    }).toThrow(Unsupported);
    expect(() => {
      checkLimits(demands);
    }).toThrow(message);
  });

  it("is what this engine takes", () => {
    const withLocals = (count: number): boolean => {
      const module = new ModuleBuilder();
      module.importMemory({ initial: 1 });
      module.func("many", [], (f) => {
        for (let k = 0; k < count; k++) f.local("i32");
        f.run(i32.store({ base: i32.const(0) }, i32.const(1)));
      });
      expect(module.sizes[0]?.locals).toBe(count);
      return WebAssembly.validate(module.encode());
    };
    expect([withLocals(LIMITS.locals), withLocals(LIMITS.locals + 1)]).toEqual([true, false]);
  });
});
