import { describe, expect, it } from "vitest";
import { call, f64, FunctionBuilder, i32, ModuleBuilder, v128, type Value } from "../../src/wasm/index.js";

/** The exported function `run` of a module with one page of memory. */
function instantiate(
  build: (module: ModuleBuilder) => void,
  host: Record<string, WebAssembly.ImportValue> = {},
) {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  build(module);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), {
    env: { memory, ...host },
  });
  const { run } = exports;
  if (typeof run !== "function") throw new Error("the module exports no function");
  return (...args: number[]): unknown => Reflect.apply(run, undefined, args);
}

/** A function of whole numbers. */
function compiled(params: number, write: (f: FunctionBuilder, ...args: Value<"i32">[]) => void) {
  return instantiate((module) => {
    const types = new Array<"i32">(params).fill("i32");
    const run = module.func(
      "run",
      types,
      (f) => write(f, ...types.map((type, i) => f.param(i, type))),
      "i32",
    );
    module.export("run", run);
  });
}

const zero = i32.const(0);

describe("for", () => {
  const listed = compiled(2, (f, from = zero, end = zero) => {
    const digits = f.local("i32");
    f.for(from, end, 3, (i) => f.set(digits, i32.add(i32.mul(digits, i32.const(100)), i)));
    f.return(digits);
  });

  it("counts in steps and stops before the end", () => {
    expect([listed(1, 8), listed(1, 7), listed(1, 2)]).toEqual([10407, 104, 1]);
  });

  it("runs no times where there is nothing to do", () => {
    expect([listed(5, 5), listed(5, 4), listed(0, -3)]).toEqual([0, 0, 0]);
  });

  it("compares as signed numbers", () => {
    expect(listed(-2, 1)).toBe(-2);
  });

  it("nests", () => {
    const pairs = compiled(1, (f, n = zero) => {
      const count = f.local("i32");
      f.for(zero, n, 1, (i) =>
        f.for(zero, i, 1, (j) => f.set(count, i32.add(count, i32.add(i32.const(100), j)))),
      );
      f.return(count);
    });
    expect([pairs(0), pairs(1), pairs(4)]).toEqual([0, 0, 604]);
  });
});

describe("doWhile", () => {
  it("runs its body once at least, and until its condition is zero", () => {
    const times = compiled(1, (f, n = zero) => {
      const count = f.local("i32");
      f.doWhile(
        () => f.set(count, i32.add(count, i32.const(1))),
        () => i32.lt_s(count, n),
      );
      f.return(count);
    });
    expect([times(-1), times(1), times(5)]).toEqual([1, 1, 5]);
  });

  it("may be left on its way, out of blocks within it and of that loop alone", () => {
    const steps = compiled(2, (f, first = zero, second = zero) => {
      const count = f.local("i32");
      const more = (by: number): void => f.set(count, i32.add(count, i32.const(by)));
      const rounds = f.local("i32");
      f.doWhile(
        () => {
          f.doWhile(
            (leave) => {
              more(1);
              leave(i32.eq(i32.and(count, i32.const(0xff)), first));
              more(1);
              f.if(i32.const(1), () => leave(i32.eq(i32.and(count, i32.const(0xff)), second)));
            },
            () => i32.lt_s(i32.and(count, i32.const(0xff)), i32.const(20)),
          );
          more(0x100);
          f.set(rounds, i32.add(rounds, i32.const(1)));
        },
        () => i32.lt_s(rounds, i32.const(2)),
      );
      f.return(count);
    });
    // Left in the first half of a round, in the second, or not at all; the outer loop goes on to its second round.
    expect([steps(7, 99), steps(99, 8), steps(99, 99)]).toEqual([0x200 + 21, 0x200 + 20, 0x200 + 22]);
    expect(steps(21, 20)).toBe(0x200 + 21);
  });
});

describe("if", () => {
  it("takes one of two ways, nested too", () => {
    const sign = compiled(1, (f, x = zero) => {
      const result = f.local("i32", i32.const(99));
      f.if(
        i32.lt_s(x, zero),
        () => f.set(result, i32.const(-1)),
        () =>
          f.if(
            x,
            () => f.set(result, i32.const(1)),
            () => f.set(result, zero),
          ),
      );
      f.return(result);
    });
    expect([sign(-5), sign(0), sign(7)]).toEqual([-1, 0, 1]);
  });

  it("may lack the other way", () => {
    const abs = compiled(1, (f, x = zero) => {
      const result = f.keep(x);
      f.if(i32.lt_s(x, zero), () => f.set(result, i32.sub(zero, x)));
      f.return(result);
    });
    expect([abs(-5), abs(5)]).toEqual([5, 5]);
  });

  it("returns from within loops", () => {
    const smallestDivisor = compiled(1, (f, n = zero) => {
      f.for(i32.const(2), n, 1, (d) => f.if(i32.eqz(i32.rem_u(n, d)), () => f.return(d)));
      f.return(n);
    });
    expect([smallestDivisor(35), smallestDivisor(37)]).toEqual([5, 37]);
  });

  it("leaves the builder where it was when what writes the inside throws", () => {
    const run = compiled(1, (f, x = zero) => {
      expect(() => f.if(x, () => expect.fail("no inside"))).toThrow("no inside");
      f.return(x);
    });
    expect(run(3)).toBe(3);
  });
});

it("doWhile runs its body before it looks at the condition, which sees what the body did", () => {
  const bits = compiled(1, (f, x = zero) => {
    const [rest, count] = [f.keep(x), f.local("i32")];
    f.doWhile(
      () => {
        f.set(rest, i32.shr_u(rest, i32.const(1)));
        f.set(count, i32.add(count, i32.const(1)));
      },
      () => rest,
    );
    f.return(count);
  });
  expect([bits(0), bits(1), bits(255), bits(-1)]).toEqual([1, 1, 8, 32]);
});

describe("calls", () => {
  it("pass arguments in order and give the result, for functions with and without one", () => {
    const run = instantiate((module) => {
      const put = module.func("put", ["i32", "i32"], (f) => {
        f.run(i32.store({ base: f.param(0, "i32") }, f.param(1, "i32")));
      });
      const minus = module.func(
        "minus",
        ["f64", "f64"],
        (f) => f.return(f64.sub(f.param(0, "f64"), f.param(1, "f64"))),
        "f64",
      );
      const main = module.func(
        "run",
        [],
        (f) => {
          f.call(put, [i32.const(8), i32.const(42)]);
          // A result that nobody wants is dropped.
          f.call(minus, [f64.const(1), f64.const(2)]);
          const stored = f64.convert_i32_s(i32.load({ base: i32.const(8) }));
          f.return(call(minus, [stored, f64.const(0.5)]));
        },
        "f64",
      );
      module.export("run", main);
    });
    expect(run()).toBe(41.5);
  });

  it("reach the host's functions", () => {
    const seen: number[] = [];
    const run = instantiate(
      (module) => {
        const log = module.importFunction("log", { params: ["f64"] });
        const twice = module.importFunction("twice", { params: ["i32"], result: "i32" });
        const main = module.func("run", ["i32"], (f) => {
          f.call(log, [f64.const(2.5)]);
          f.call(twice, [f.param(0, "i32")]);
        });
        module.export("run", main);
      },
      { log: (x: number) => seen.push(x), twice: (x: number) => seen.push(2 * x) },
    );
    run(21);
    expect(seen).toEqual([2.5, 42]);
  });

  it("of functions that are defined while the caller is being written", () => {
    const run = instantiate((module) => {
      const main = module.func(
        "run",
        [],
        (f) => {
          const seven = module.func("seven", [], (g) => g.return(i32.const(7)), "i32");
          f.return(call(seven, []));
        },
        "i32",
      );
      module.export("run", main);
    });
    expect(run()).toBe(7);
  });

  it("with arguments of other types or another number of them are errors at once", () => {
    const module = new ModuleBuilder();
    const minus = module.func("minus", ["f64", "f64"], (f) => f.return(f.param(0, "f64")), "f64");
    expect(() => call(minus, [f64.const(1)])).toThrow("wasm: minus got (f64), expected (f64,f64)");
    module.func("caller", [], (f) => {
      expect(() => f.call(minus, [f64.const(1), i32.const(1)])).toThrow(RangeError);
    });
  });
});

it("imports come before functions", () => {
  const module = new ModuleBuilder();
  module.func("first", [], () => undefined);
  expect(() => module.importFunction("late", { params: [] })).toThrow(RangeError);
});

describe("locals", () => {
  it("begin as zero, or with their value, and keep their types apart", () => {
    const run = instantiate((module) => {
      const main = module.func(
        "run",
        ["f64"],
        (f) => {
          const [a, b] = [f.local("i32"), f.local("f64", f64.const(0.25))];
          const [c, d] = [f.local("i32", i32.const(3)), f.local("v128")];
          const e = f.local("f64");
          f.if(v128.any_true(d), () => f.return(f64.const(-1)));
          const whole = f64.convert_i32_s(i32.add(a, c));
          f.return(f64.add(f64.add(b, e), f64.add(whole, f.param(0, "f64"))));
        },
        "f64",
      );
      module.export("run", main);
    });
    expect(run(10)).toBe(13.25);
  });

  it("that are parameters must be there and of the type asked for", () => {
    const f = new FunctionBuilder(["i32"]);
    expect(() => f.param(0, "f32")).toThrow("wasm: parameter 0 is i32, not f32");
    expect(() => f.param(1, "i32")).toThrow("wasm: parameter 1 is not there, not i32");
  });

  it("that keep a value hold what it was then", () => {
    const run = compiled(1, (f, x = zero) => {
      const y = f.keep(x);
      const before = f.keep(i32.mul(y, i32.const(2)));
      f.set(y, i32.const(1000));
      f.return(i32.add(before, y));
    });
    expect(run(4)).toBe(1008);
  });

  it("more than 127 of them work", () => {
    const run = compiled(0, (f) => {
      const all = Array.from({ length: 300 }, (_, i) => f.local("i32", i32.const(i)));
      f.return(all.reduce<Value<"i32">>((a, b) => i32.add(a, b), zero));
    });
    expect(run()).toBe((299 * 300) / 2);
  });
});

it("a constant is one local however often it is asked for, and is set before any loop", () => {
  const f = new FunctionBuilder([]);
  f.for(zero, i32.const(4), 1, () => {
    for (let i = 0; i < 5; i++) f.constant(f64.const(1.5));
    f.constant(f64.const(2.5));
  });
  // The counter and two constants.
  expect(f.localCount).toBe(3);

  const run = compiled(1, (g, n = zero) => {
    const sum = g.local("i32");
    // First asked for within a loop that may not run.
    g.for(zero, n, 1, () => g.set(sum, i32.add(sum, g.constant(i32.const(7)))));
    g.return(i32.add(sum, g.constant(i32.const(7))));
  });
  expect([run(0), run(3)]).toEqual([7, 28]);
});
