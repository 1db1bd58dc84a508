import * as t from "@tapeloop/core";
import { compile, tensor, type CompileEvent, type Tensor } from "@tapeloop/core";
import { moduleOf } from "../../src/compile/instance.js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { different, disparities } from "./parity.js";

const x = tensor([1, -2, 3]);
const weights = {
  w: tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]),
  b: tensor([0.5, -0.5]),
};
const exact = { ulps: 0 } as const;

/** A function with a note of each program that is made for it. */
function counted<A extends readonly unknown[], R>(fn: (...args: A) => R, maxPrograms?: number) {
  const events: CompileEvent[] = [];
  const onCompile = (event: CompileEvent): unknown => events.push(event);
  return {
    program: compile(fn, maxPrograms === undefined ? { onCompile } : { onCompile, maxPrograms }),
    events,
  };
}

describe("programs", () => {
  test("are made once for arguments of a kind: structure, shapes, dtypes, and values that are no tensors", () => {
    const { program, events } = counted((a: { x: Tensor; y?: Tensor }, by: number | string) =>
      t.mul(t.add(a.x, a.y ?? 1), typeof by === "number" ? by : 2),
    );
    const made = (a: { x: Tensor; y?: Tensor }, by: number | string): number => {
      expect(
        different(program(a, by), [t.mul(t.add(a.x, a.y ?? 1), typeof by === "number" ? by : 2)], exact),
      ).toEqual([]);
      return events.length;
    };
    expect(made({ x }, 2)).toBe(1);
    expect(made({ x: t.neg(x) }, 2)).toBe(1);
    expect(made({ x: tensor([1, 2]) }, 2)).toBe(2);
    expect(made({ x: t.cast(x, "float64") }, 2)).toBe(3);
    expect(made({ x, y: x }, 2)).toBe(4);
    expect(made({ x }, 3)).toBe(5);
    expect(made({ x }, "2")).toBe(6);
    expect(made({ x: tensor([4, 5, 6]) }, 2)).toBe(6);
    expect(made({ y: x, x }, 2)).toBe(6);
    expect(events.map(({ before }) => before)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(
      events.every(
        ({ milliseconds, explanation }) => milliseconds > 0 && explanation.executor === "webassembly",
      ),
    ).toBe(true);
  });

  test("tell NaN, −0 and undefined from other values", () => {
    const { program, events } = counted((a: Tensor, by: number | undefined) => t.mul(a, by ?? 7));
    for (const by of [NaN, NaN, 0, -0, -0, undefined]) {
      expect(different(program(x, by), [t.mul(x, by ?? 7)], exact)).toEqual([]);
    }
    expect(events.length).toBe(4);
  });

  test("make room for new ones: the one that was not used for longest", () => {
    const { program, events } = counted((a: Tensor) => t.neg(a), 2);
    const [one, two, three] = [tensor([1]), tensor([1, 2]), tensor([1, 2, 3])];
    for (const a of [one, two, one, three, one, two]) program(a);
    expect(events.length).toBe(4);
  });

  test("explain makes a program, which calls then use", () => {
    const { program, events } = counted((a: Tensor) => t.neg(a));
    expect(program.explain(x)).toBe(program.explain(x));
    program(x);
    expect(events.length).toBe(1);
  });

  test.each([0, 1.5, -1, NaN, Infinity])("maxPrograms %d is an error", (maxPrograms) => {
    expect(() => compile(t.neg, { maxPrograms })).toThrow(
      `compile: got maxPrograms ${maxPrograms}, expected a whole number`,
    );
  });

  test("what is no function is an error", () => {
    expect((): unknown => Reflect.apply(compile, undefined, [3])).toThrow(
      "compile: got number, expected a function",
    );
  });
});

describe("results", () => {
  test("are copies: later calls change neither them nor the inputs", () => {
    const program = compile((a: Tensor) => [a, t.mul(a, 2), t.transpose(t.broadcastTo(a, [2, 3]))]);
    const given = tensor([1, 2, 3]);
    const first = program(given);
    program(tensor([7, 8, 9]));
    expect(first.map((y) => y.toArray())).toEqual([
      [1, 2, 3],
      [2, 4, 6],
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    ]);
    first[0]?.toTypedArray().fill(99);
    expect(program(given)[0]?.toArray()).toEqual([1, 2, 3]);
    expect(given.toArray()).toEqual([1, 2, 3]);
  });

  test("keep the structure: nested trees, values that are no tensors, none at all", () => {
    const program = compile((p: typeof weights) => ({
      sizes: p.w.shape,
      list: [p, { y: t.neg(p.b) }],
      name: "w",
      none: null,
    }));
    expect(program(weights)).toMatchObject({ sizes: [3, 2], name: "w", none: null });
    expect(different(program(weights).list, [weights.b, weights.w, t.neg(weights.b)], exact)).toEqual([]);
    expect(compile(() => 3)()).toBe(3);
    expect(compile(() => null)()).toBeNull();
  });

  test("may be inputs, outer tensors, numbers, the same tensor twice", () => {
    const outer = tensor([
      [1, 2],
      [3, 4],
    ]);
    const run = (a: Tensor, b: Tensor): Tensor[] => {
      const y = t.tanh(a);
      return [
        b,
        a,
        a,
        outer,
        t.transpose(outer),
        t.zeros([2]),
        t.full([], 3),
        t.ones([0, 2]),
        y,
        y,
        t.add(a, outer),
      ];
    };
    const inputs = [tensor([1, 2]), tensor([3])] as const;
    expect(disparities((a, b) => run(a, b), inputs, { ulps: 2 })).toEqual([]);
    expect(disparities((a, b) => run(a, b), [inputs[0], inputs[0]], { ulps: 2 })).toEqual([]);
  });

  test("an outer tensor is a constant of the program, as the program is made", () => {
    let outer = tensor([1, 2]);
    const program = compile((a: Tensor) => t.add(a, outer));
    expect(program(tensor([0, 0])).toArray()).toEqual([1, 2]);
    outer = tensor([5, 6]);
    expect(program(tensor([0, 0])).toArray()).toEqual([1, 2]);
  });

  test("inputs may be views", () => {
    const matrix = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const views = [
      t.transpose(matrix),
      t.flip(matrix, 1),
      t.index(matrix, 1),
      t.broadcastTo(tensor([7]), [2, 2]),
      t.slice(matrix, { axis: 1, step: 2 }),
    ];
    expect(disparities((...xs) => xs.map((y) => t.mul(y, 2)), views, exact)).toEqual([]);
  });

  test("random draws are those of the key", () => {
    const run = (key: Tensor): Tensor[] => [
      ...[1, 7, 8, 9, 33].map((n) => t.randomBits(key, [n])),
      t.splitKey(key, 3),
      t.foldIn(key, 5),
      t.foldIn(key, tensor(9, { dtype: "int32" })),
      t.uniform(key, [9]),
      t.uniform(key, [5], { dtype: "float64", low: 1, high: 3 }),
      t.bernoulli(key, [33], 0.3),
      t.normal(key, [4]),
      t.permutation(key, 9),
    ];
    for (const seed of [0, -1, 2 ** 40 + 3]) {
      expect(
        disparities((key) => run(key), [t.randomKey(seed)], {
          ulps: 0,
          mayBeHosts: ["normal", "permutation"],
        }),
      ).toEqual([]);
    }
  });
});

describe("what a function may not do", () => {
  test.each<[string, (a: Tensor) => unknown]>([
    ["item", (a) => t.sum(a).item()],
    ["data", (a) => a.data[0]],
    ["toArray", (a) => a.toArray()],
  ])("look at values by %s: the error says what to do instead", (_, fn) => {
    expect(() => compile(fn)(x)).toThrow(
      /only its shape is known, not its values; use where\(condition, a, b\) instead of if/,
    );
  });

  test("be asynchronous, not even if it fails later", async () => {
    const fn = async (a: Tensor): Promise<number> => {
      await Promise.resolve();
      return t.sum(a).item();
    };
    expect(() => compile(fn)(x)).toThrow(
      "compile: got an async function, expected one that returns its result at once",
    );
    await new Promise((resolve) => setTimeout(resolve, 1));
  });

  test("throw: the error is its own, and the next call tries again", () => {
    let fails = true;
    const program = compile((a: Tensor) => {
      if (fails) throw new RangeError("not now");
      return t.neg(a);
    });
    expect(() => program(x)).toThrow(new RangeError("not now"));
    fails = false;
    expect(program(x).toArray()).toEqual([-1, 2, -3]);
  });
});

describe("without WebAssembly", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  const run = (a: Tensor): Tensor => t.sum(t.mul(a, 2));
  const expectReference = (reason: string | RegExp): void => {
    const program = compile(run);
    expect(program(x).item()).toBe(4);
    expect(program.explain(x)).toMatchObject({ executor: "reference", kernels: [] });
    expect(program.explain(x).reason).toMatch(reason);
    expect(String(program.explain(x))).toMatch(/^runs on the reference executor: /);
  };

  test("the reference executor runs, and says why", () => {
    vi.stubGlobal("WebAssembly", undefined);
    expectReference("this engine has no WebAssembly");
  });

  test("as when a policy forbids it", () => {
    vi.spyOn(WebAssembly, "Module").mockImplementation(function () {
      throw new WebAssembly.CompileError("blocked by Content Security Policy");
    });
    expectReference("blocked by Content Security Policy");
  });

  test("but not when the program that was made is wrong, which nobody may overlook", () => {
    expect(() => moduleOf(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99))).toThrow(
      /compile: made a program that is not valid, a defect of the library: /,
    );
  });

  test("as when there is not enough memory", () => {
    vi.spyOn(WebAssembly, "Memory").mockImplementation(function () {
      throw new RangeError("could not allocate memory");
    });
    expectReference(/65536 bytes of memory: could not allocate memory/);
  });

  test("as when a program needs more memory than there are addresses", () => {
    const huge = compile((a: Tensor) => t.mul(t.broadcastTo(a, [30_000, 40_000]), 2));
    expect(huge.explain(tensor(1)).reason).toMatch(/it needs 4,8[\d,]+ bytes of memory, more than the 4 GiB/);
  });
});

test("twenty thousand calls take no more memory than a thousand", () => {
  const program = compile((a: Tensor) => t.tanh(t.add(a, 1)));
  const given = t.ones([2000]);
  const calls = (count: number): number => {
    for (let i = 0; i < count; i++) program(given);
    return process.memoryUsage().rss;
  };
  const before = calls(2000);
  // 160 MB if nothing were collected.
  expect(calls(20_000) - before).toBeLessThan(80e6);
});
