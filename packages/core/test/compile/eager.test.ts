import * as t from "@tapeloop/core";
import { type Tensor } from "@tapeloop/core";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { EagerPrograms } from "../../src/compile/eager/executor.js";
import { gains } from "../../src/compile/eager/gains.js";
import { runWith } from "../../src/tape/execute.js";
import { tensorOf, viewsOf } from "../helpers/views.js";
import { exactBinary, exactUnary, roundedUnary, valuesOf } from "./elementwise.js";
import { different } from "./parity.js";

const plenty = { maxPrograms: 500, maxBytes: 2 ** 28 };
const key = t.randomKey(1);
const draw = (...shape: number[]): Tensor => t.normal(key, shape);

/** How results on programs differ from those of the reference kernels; and whether there was a program at all. */
function problems(
  fn: () => readonly Tensor[],
  ulps: number,
  options = { admits: gains, ...plenty },
): string[] {
  const programs = new EagerPrograms(options);
  const expected = runWith(undefined, fn);
  const found = different(runWith(programs.execute, fn), expected, { ulps });
  return programs.runs > 0 ? found : ["no program ran"];
}

/** What the library itself decides on. */
const admitted = (fn: () => unknown): string[] => {
  const names: string[] = [];
  runWith((op, inputs, _attrs, types) => {
    if (gains(op, inputs, types)) names.push(op.name);
    return undefined;
  }, fn);
  return names;
};

/** Counts the programs that are made from now on, in the test. */
function instances(): { count: number } {
  const made = { count: 0 };
  const { Instance } = WebAssembly;
  vi.spyOn(WebAssembly, "Instance").mockImplementation(function (...given) {
    made.count++;
    return new Instance(...given);
  });
  return made;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("large float32 operations as programs", () => {
  const repeated = (values: Tensor, size: number): Tensor =>
    t.reshape(t.slice(t.tile(values, Math.ceil(size / values.size)), [[0, size]]), [64, size / 64]);

  test.each(Object.entries(exactUnary).filter(([, { on }]) => on.includes("float32")))(
    "%s is the same to the last bit, special values too",
    (_, { fn }) => {
      const x = repeated(valuesOf("float32"), 4096);
      expect(problems(() => [fn(x)], 0)).toEqual([]);
    },
  );

  test.each(Object.entries(exactBinary).filter(([, { on }]) => on.includes("float32")))(
    "%s is the same to the last bit for every pair",
    (_, { fn }) => {
      const values = t.tile(valuesOf("float32"), 3);
      expect(problems(() => [fn(t.reshape(values, [values.size, 1]), values)], 0)).toEqual([]);
    },
  );

  test.each(Object.entries(roundedUnary))("%s is within a few units in the last place", (_, fn) => {
    const columns = t.unstack(valuesOf("float32")).map((v) => t.broadcastTo(v, [64, 64]));
    expect(problems(() => columns.map(fn), 6)).toEqual([]);
  });

  test.each<[string, (x: Tensor) => Tensor, number]>([
    ["sum", (x) => t.sum(x), 2],
    ["sum of columns", (x) => t.sum(x, 0), 2],
    ["mean", (x) => t.mean(x, 1), 2],
    ["variance", (x) => t.variance(x), 2],
    ["std", (x) => t.std(x, 1), 2],
    ["max", (x) => t.max(x, 1), 0],
    ["min", (x) => t.min(x, { axes: 0, keepDims: true }), 0],
    ["prod", (x) => t.prod(x, 1), 4],
    ["cumsum", (x) => t.cumsum(x, 0), 2],
    ["softmax", (x) => t.softmax(x), 8],
    ["logSoftmax", (x) => t.logSoftmax(x), 8],
    ["logSumExp", (x) => t.logSumExp(x), 4],
    ["concat", (x) => t.concat([x, t.flip(x)]), 0],
    [
      "pad",
      (x) =>
        t.pad(
          x,
          [
            [1, 2],
            [0, 3],
          ],
          -1,
        ),
      0,
    ],
    ["slice's gradient", (x) => t.grad((v) => t.sum(t.slice(v, { axis: 1, step: 2 })))(x), 0],
  ])("%s gives what the reference kernel gives", (_, fn, ulps) => {
    expect(problems(() => [fn(draw(96, 64))], ulps)).toEqual([]);
  });

  test("the mean of large numbers does not overflow", () => {
    expect(problems(() => [t.mean(t.full([64, 64], 3e38))], 0)).toEqual([]);
  });

  test("products of plain, transposed, flipped and stacked matrices", () => {
    const [a, b] = [draw(40, 33), draw(33, 50)];
    const products = (): Tensor[] => [
      t.matmul(a, b),
      t.matmul(t.transpose(b), t.transpose(a)),
      t.matmul(t.flip(a, 1), t.transpose(t.transpose(b).add(0))),
      t.matmul(draw(3, 2, 20, 33), b),
      t.matmul(t.broadcastTo(a, [2, 40, 33]), draw(2, 33, 20)),
    ];
    expect(problems(products, 16)).toEqual([]);
  });

  test("the steps of a loop, and its gradient", () => {
    const [w, xs] = [t.mul(draw(64, 64), 0.1), draw(6, 64, 64)];
    const last = (p: Tensor): Tensor =>
      t.scan((h: Tensor, x: Tensor) => [t.tanh(t.add(t.matmul(h, p), x)), null], t.zeros([64, 64]), xs)[0];
    expect(problems(() => [last(w), t.grad((p) => t.sum(t.square(last(p))))(w)], 64)).toEqual([]);
    expect(admitted(() => last(w))).toEqual(new Array(6).fill(["matmul", "add", "tanh"]).flat());
  });
});

describe("whatever is admitted", () => {
  const any = { admits: () => true, ...plenty };

  test("views are read where they lie: permuted, flipped, stretched, with gaps, of no elements", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
    fc.assert(
      fc.property(sizes.chain(viewsOf), (view) => {
        const x = tensorOf(view);
        const one = t.ones([1], { dtype: "float64" });
        const run = (): Tensor[] => [t.neg(x), t.add(x, 1), t.sum(t.abs(x)), t.concat([t.flatten(x), one])];
        expect(problems(run, 16, any)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("reads operands anew in every call, and leaves earlier results alone", () => {
    const programs = new EagerPrograms(any);
    runWith(programs.execute, () => {
      const x = t.tensor([1, 2, 3]);
      const first = t.mul(x, 2);
      x.data[1] = 7;
      expect([t.mul(x, 2).toArray(), first.toArray()]).toEqual([
        [2, 14, 6],
        [2, 4, 6],
      ]);
    });
    expect([programs.runs, programs.programs]).toEqual([2, 1]);
  });

  test("settings are told apart: −0 from 0, axes, bodies of loops", () => {
    const x = draw(3, 4);
    const loop = (by: number): Tensor =>
      t.scan((h: Tensor, row: Tensor) => [t.add(h, t.mul(row, by)), null], t.zeros([4]), x)[0];
    const run = (): Tensor[] => [
      ...[0, -0].map((end) => t.clip(t.neg(t.abs(x)), end, Infinity)),
      ...[0, 1].map((axis) => t.sum(x, axis)),
      ...[1, 2].map(loop),
      t.flip(x, 0),
      t.flip(x, 1),
    ];
    expect(problems(run, 2, any)).toEqual([]);
  });

  test("an operation of the user's may call others while a program runs", () => {
    const doubled = t.defineOp<readonly [Tensor]>({
      name: "doubled",
      shape: ([a]) => a,
      forward: ([a]) => t.add(a, a),
    });
    const rows = draw(4, 5);
    const loop = (): Tensor[] => [
      t.scan((h: Tensor, x: Tensor) => [t.add(t.apply(doubled, [h], {}), x), null], t.zeros([5]), rows)[0],
    ];
    expect(problems(loop, 1, any)).toEqual([]);
  });

  test("errors are those of the reference kernel, with the place where the operation stands now", () => {
    const programs = new EagerPrograms(any);
    const ids = t.tensor([0, 9], { dtype: "int32" });
    const take =
      (scope: string): (() => Tensor) =>
      () =>
        t.scope(scope, () => t.take(t.tensor([1, 2]), ids, 0));
    for (const place of ["first", "second"]) {
      const message = /take: got index 9.*; in (first|second)/;
      expect(() => runWith(programs.execute, take(place))).toThrow(message);
      expect(() => runWith(programs.execute, take(place))).toThrow(`in ${place}`);
    }
    expect(runWith(programs.execute, () => t.add(1, 2)).item()).toBe(3);
  });
});

describe("bounds", () => {
  test("no more programs are kept than asked for, the last used ones", () => {
    const programs = new EagerPrograms({ ...plenty, admits: () => true, maxPrograms: 3 });
    const made = instances();
    const run = (n: number): unknown => runWith(programs.execute, () => t.neg(t.ones([n])));
    for (const n of [1, 2, 1, 3, 1, 4, 1, 2]) run(n);
    expect([programs.programs, made.count]).toEqual([3, 5]);
  });

  test("the memory is one, as large as the largest operation, however many there are", () => {
    const programs = new EagerPrograms({ admits: gains, ...plenty });
    const run = (n: number): unknown => runWith(programs.execute, () => t.tanh(t.zeros([n])));
    run(200_000);
    const { bytes } = programs;
    for (let n = 1; n <= 60; n++) run(3000 * n);
    expect(programs.bytes).toBe(bytes);
    expect(bytes).toBeLessThan(2e6);
    run(400_000);
    expect(programs.bytes).toBeGreaterThan(bytes);
  });

  test("what needs more memory than allowed is left to the reference kernels", () => {
    const programs = new EagerPrograms({ admits: () => true, maxPrograms: 9, maxBytes: 2 ** 17 });
    const run = (n: number): number =>
      runWith(programs.execute, () => t.sum(t.tensor(new Float32Array(n).fill(1)))).item();
    expect([run(1000), run(100_000), run(1000)]).toEqual([1000, 100_000, 1000]);
    expect([programs.runs, programs.bytes]).toEqual([2, 2 ** 16]);
  });
});

describe("without WebAssembly", () => {
  const declines = (): void => {
    const programs = new EagerPrograms({ admits: () => true, ...plenty });
    expect(runWith(programs.execute, () => t.neg(t.ones([3]))).toArray()).toEqual([-1, -1, -1]);
    expect(programs.runs).toBe(0);
  };

  test("the reference kernels run", () => {
    vi.stubGlobal("WebAssembly", undefined);
    declines();
  });

  test("as when a policy forbids it", () => {
    vi.spyOn(WebAssembly, "Module").mockImplementation(function () {
      throw new WebAssembly.CompileError("blocked by Content Security Policy");
    });
    declines();
  });

  test("as when there is no memory", () => {
    vi.spyOn(WebAssembly, "Memory").mockImplementation(function () {
      throw new RangeError("could not allocate memory");
    });
    declines();
  });
});

describe("the library by itself", () => {
  test("runs large float32 operations as programs, and no others", () => {
    const made = instances();
    const size = 4097; // of which no other test here has made a program
    t.tanh(t.zeros([size], { dtype: "float64" }));
    t.add(t.zeros([size], { dtype: "int32" }), 1);
    t.tanh(t.zeros([1023]));
    t.observe(
      () => undefined,
      () => t.tanh(t.zeros([size])),
    );
    expect(made.count).toBe(0);
    t.tanh(t.zeros([size]));
    t.tanh(t.ones([size]));
    expect(made.count).toBe(1);
  });

  test("goes by size: elements of arithmetic and of functions, arithmetic of products", () => {
    const some = (n: number): Tensor => t.zeros([n]);
    expect(admitted(() => [t.add(some(4095), 1), t.exp(some(1023)), t.sum(some(4095))])).toEqual([]);
    expect(admitted(() => [t.add(some(4096), 1), t.exp(some(1024)), t.sum(some(4096))])).toEqual([
      "add",
      "exp",
      "sum",
    ]);
    expect(admitted(() => t.matmul(t.zeros([32, 32]), t.zeros([32, 31])))).toEqual([]);
    expect(admitted(() => t.matmul(t.zeros([32, 32]), t.zeros([32, 32])))).toEqual(["matmul"]);
  });

  test("takes no operation from elsewhere for its own, whatever the name", () => {
    const own = t.defineOp<readonly [Tensor]>({
      name: "tanh",
      shape: ([a]) => a,
      forward: ([a]) => a.toTypedArray(),
    });
    expect(admitted(() => t.apply(own, [t.zeros([10_000])], {}))).toEqual([]);
  });
});
