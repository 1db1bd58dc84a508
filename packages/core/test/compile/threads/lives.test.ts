import {
  compile,
  cumsum,
  matmul,
  normal,
  randomKey,
  sum,
  take,
  tanh,
  tensor,
  treeTensors,
  type Tensor,
} from "@tapeloop/core";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { build } from "../../../src/compile/build.js";
import { SLOT, STATE } from "../../../src/compile/threads/messages.js";
import { everybody } from "../../../src/compile/threads/pool.js";
import { different } from "../parity.js";
import { mgu, rnn } from "./models.js";
import { awaitCrew, together } from "./together.js";

const bits = { ulps: 0 };
const matrix = (seed: number, n = 48): Tensor => normal(randomKey(seed), [n, n]);

describe("workers", () => {
  it("are shared by several programs, called in turn", () => {
    const before = everybody().length;
    const programs = [rnn(24, 4, 10), mgu(16, 3, 4, 12), rnn(40, 2, 16)].map((model) => {
      const inputs = treeTensors([model.params, ...model.batch]);
      const expected = treeTensors(compile(model.step)(model.params, ...model.batch));
      return { inputs, expected, built: together(model.step, [model.params, ...model.batch], 3) };
    });
    for (let round = 0; round < 50; round++) {
      for (const { built, inputs, expected } of programs) {
        expect(different(built.run(inputs), expected, bits)).toEqual([]);
        expect(built.crew?.present()).toBe(3);
      }
    }
    expect(everybody().length).toBe(Math.max(before, 2));
  });

  it("take part from the moment they are ready, and a program is right before", () => {
    const f = (x: Tensor): Tensor => tanh(matmul(x, x));
    const x = matrix(1);
    const expected = [compile(f)(x)];
    const built = build(f, [x], { threads: 2, grain: 1 });
    for (let i = 0; i < 200; i++) expect(different(built.run([x]), expected, bits)).toEqual([]);
    awaitCrew(built);
    expect(different(built.run([x]), expected, bits)).toEqual([]);
    expect(built.crew?.present()).toBe(2);
  });

  it("go back to waiting for messages when nobody calls", async () => {
    const built = together((x: Tensor) => matmul(x, x), [matrix(1)], 2);
    built.run([matrix(1)]);
    await vi.waitFor(() => {
      const states = everybody().map(({ slot }) => Atomics.load(slot, SLOT.state));
      expect(new Set(states)).toEqual(new Set([STATE.listening]));
    });
    built.run([matrix(1)]);
    expect(built.crew?.present()).toBe(2);
  });

  it("forget a program that has made room for another one, which then still runs, alone", () => {
    const built = together((x: Tensor) => matmul(x, x), [matrix(1)], 2);
    const before = built.run([matrix(1)]);
    built.crew?.release();
    expect(different(built.run([matrix(1)]), [before], bits)).toEqual([]);
    expect(built.crew?.present()).toBe(1);
  });

  it("are told when compile drops a program", () => {
    const posted: string[] = [];
    together((x: Tensor) => matmul(x, x), [matrix(1)], 2);
    const spies = everybody().map((hand) =>
      vi.spyOn(hand, "post").mockImplementation(({ kind }) => void posted.push(kind)),
    );
    const program = compile((x: Tensor) => matmul(x, x), { threads: 2, maxPrograms: 1 });
    program(matrix(1, 256));
    expect(posted).not.toContain("leave");
    program(matrix(1, 272));
    expect(posted).toContain("leave");
    for (const spy of spies) spy.mockRestore();
  });
});

describe("a call that fails", () => {
  it("throws what the reference kernel throws, on all threads, and the next call is right", () => {
    const f = (x: Tensor, i: Tensor): Tensor => sum(take(tanh(matmul(x, x)), i));
    const [x, good, bad] = [
      matrix(1),
      tensor([1, 2], { dtype: "int32" }),
      tensor([1, 48], { dtype: "int32" }),
    ];
    const plain = compile(f);
    const expected = [plain(x, good)];
    const built = together(f, [x, good], 3);
    for (let i = 0; i < 20; i++) {
      expect(() => built.run([x, bad])).toThrow(/48/);
      expect(different(built.run([x, good]), expected, bits)).toEqual([]);
      expect(built.crew?.present()).toBe(3);
    }
  });

  it("in the middle of a program lets the others go, wherever they are", () => {
    const f = (x: Tensor, i: Tensor): Tensor => tanh(matmul(cumsum(matmul(x, take(x, i)), 0), x));
    const x = matrix(2);
    const all = tensor([...Array(48).keys()], { dtype: "int32" });
    const wrong = tensor(
      [...Array(48).keys()].map((i) => i + 1),
      { dtype: "int32" },
    );
    const built = together(f, [x, all], 4);
    const expected = built.run([x, all]);
    for (let i = 0; i < 20; i++) {
      expect(() => built.run([x, wrong])).toThrow();
      expect(different(built.run([x, all]), [expected], bits)).toEqual([]);
    }
  });
});

describe("compile with threads", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([0, -1, 1.5, 65, NaN])("refuses %d of them", (threads) => {
    expect(() => compile((x: Tensor) => x, { threads })).toThrow(
      `compile: got threads ${threads}, expected a whole number from 1 to 64, or "auto"`,
    );
  });

  it("takes as many as there are cores", () => {
    const { threads } = compile((x: Tensor) => matmul(x, x), { threads: "auto" }).explain(matrix(1, 256));
    expect(threads.count).toBeGreaterThanOrEqual(1);
  });

  it("says how many there are, and how many kernels are cut", () => {
    const explanation = compile((x: Tensor) => matmul(x, x), { threads: 2 }).explain(matrix(1, 256));
    expect(explanation.threads).toMatchObject({ count: 2, split: 1, reason: undefined });
    expect(String(explanation)).toMatch(/2 threads, [12] of them started: 1 of 1 kernels are cut into parts/);
  });

  it("runs on one where there is no shared memory, and says so", () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const program = compile((x: Tensor) => matmul(x, x), { threads: 2 });
    const explanation = program.explain(matrix(1, 256));
    expect(explanation.threads.count).toBe(1);
    expect(String(explanation)).toMatch(/one thread: there is no shared memory here .*cross-origin isolated/);
    expect(program(matrix(1, 256)).shape).toEqual([256, 256]);
  });

  it("leaves small programs as they are", () => {
    const f = (x: Tensor): Tensor => tanh(x);
    const [one, two] = [compile(f), compile(f, { threads: 2 })].map((program) => program.explain(matrix(1)));
    expect(two?.threads).toEqual({
      count: 1,
      started: 1,
      split: 0,
      reason: "there is too little to share out",
    });
    expect(two?.code).toEqual(one?.code);
  });
});

it("the worker's script means by its numbers what the others mean", () => {
  const path = new URL("../../../src/compile/threads/worker.js", import.meta.url);
  const text = readFileSync(path, "utf8");
  const { state, program, worker, workers } = SLOT;
  const words = [state, program, worker, workers].join(", ");
  const states = [STATE.listening, STATE.ready, STATE.called].join(", ");
  expect(text).toContain(`const [STATE, PROGRAM, WORKER, WORKERS] = [${words}];`);
  expect(text).toContain(`const [LISTENING, READY, CALLED] = [${states}];`);
  expect(text).not.toMatch(/^(import|export) /m);
});

it("a process with idle workers ends by itself", () => {
  const root = fileURLToPath(new URL("../../../../../", import.meta.url));
  const code = `
    import { compile, matmul, ones } from "./index.js";
    const f = compile((x) => matmul(x, x), { threads: 3 });
    const x = ones([300, 300]);
    for (let i = 0; i < 30; i++) f(x);
    console.log(f(x).data[0], f.explain(x).threads.count);
  `;
  const script = `
    import { importSource } from ${JSON.stringify(`${root}scripts/lib/import-source.mjs`)};
    await importSource(${JSON.stringify(code)}, ${JSON.stringify(`${root}packages/core/src`)});
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(output).toBe("300 3\n");
});
