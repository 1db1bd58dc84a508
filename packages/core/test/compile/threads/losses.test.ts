import {
  apply,
  compile,
  defineOp,
  matmul,
  normal,
  randomKey,
  tanh,
  TraceError,
  type Tensor,
} from "@tapeloop/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { build, type Built } from "../../../src/compile/build.js";
import { everybody, type Hand } from "../../../src/compile/threads/pool.js";
import { different } from "../parity.js";
import { awaitCrew, together } from "./together.js";
import { trouble, unreliableWorkers } from "./trouble.js";

unreliableWorkers();

const bits = { ulps: 0 };
const x = normal(randomKey(1), [48, 48]);
/** Products one after another, with barriers between them. */
const chain = (a: Tensor): Tensor => matmul(tanh(matmul(tanh(matmul(a, a)), a)), a);
const expected = [compile(chain)(x)];

const ENDED =
  "compile: a worker failed: it ended in the middle of a call (the next call starts another one); " +
  "call again, or compile with threads: 1";
const SILENT = ENDED.replace("it ended in the middle of a call", "nothing was heard of it for 1 s");

/** Calls until everybody takes part again; all results must be right. */
function recovers(built: Built<Tensor>, right = expected): void {
  const before = built.crew;
  expect(different(built.run([x]), right, bits)).toEqual([]);
  expect(built.crew).not.toBe(before);
  awaitCrew(built);
  for (let i = 0; i < 20; i++) expect(different(built.run([x]), right, bits)).toEqual([]);
  expect(built.crew?.present()).toBe(built.crew?.size);
}

/** A worker that is part of every crew. */
function first(): Hand {
  const [found] = everybody();
  if (found === undefined) throw new Error("no worker has been started");
  return found;
}

let meanwhile = (): void => undefined;
/** As it is, but worker 0 does something in the middle of the call. */
const pause = defineOp<readonly [Tensor]>({
  name: "pause",
  shape: ([a]) => a,
  forward: ([a]) => {
    meanwhile();
    return a.toTypedArray();
  },
});

afterEach(() => {
  meanwhile = () => undefined;
  vi.restoreAllMocks();
});

describe("a worker that ends in the middle of a call", () => {
  it.each([2, 3])("of %d threads has it throw, and later calls work again", (threads) => {
    const built = together(chain, [x], threads);
    for (let round = 0; round < 3; round++) {
      trouble("end");
      expect(() => built.run([x])).toThrow(new TraceError(ENDED));
      recovers(built);
      expect(built.crew?.size).toBe(threads);
    }
  });

  it("is noticed wherever it is by then: at work, or at a barrier, asleep or awake", () => {
    const f = (a: Tensor): Tensor => chain(apply(pause, [chain(a)], {}));
    const right = [compile(f)(x)];
    const built = together(f, [x], 3);
    for (const milliseconds of [0, 0.01, 0.1, 1, 20]) {
      meanwhile = () => {
        first().end();
        const end = performance.now() + milliseconds;
        while (performance.now() < end);
      };
      expect(() => built.run([x]), `${milliseconds} ms`).toThrow(new TraceError(ENDED));
      meanwhile = () => undefined;
      recovers(built, right);
    }
  });

  it("is replaced also when it is not the only one", () => {
    const built = together(chain, [x], 4);
    for (const hand of everybody()) hand.end();
    expect(() => built.run([x])).toThrow(new TraceError(ENDED));
    recovers(built);
    expect(built.crew?.present()).toBe(4);
  });

  it("leaves programs alone that did not run, which get another one when they are called", () => {
    const [one, other] = [together(chain, [x], 2), together(chain, [x], 2)];
    trouble("end");
    expect(() => one.run([x])).toThrow(TraceError);
    recovers(other);
    recovers(one);
  });

  it("does not hide an error of the calling thread", () => {
    const f = (a: Tensor): Tensor => chain(apply(pause, [chain(a)], {}));
    const built = together(f, [x], 2);
    meanwhile = () => {
      first().end();
      throw new Error("mine");
    };
    expect(() => built.run([x])).toThrow("mine");
    meanwhile = () => undefined;
    recovers(built, [compile(f)(x)]);
  });

  it("has a compiled function throw once", async () => {
    const y = normal(randomKey(2), [256, 256]);
    const plain = compile(chain)(y);
    const f = compile(chain, { threads: 2 });
    await vi.waitFor(() => {
      expect(f.explain(y).threads.started).toBe(2);
    });
    expect(different(f(y), [plain], bits)).toEqual([]);
    trouble("end");
    expect(() => f(y)).toThrow(/^compile: a worker failed: /);
    for (let i = 0; i < 5; i++) expect(different(f(y), [plain], bits)).toEqual([]);
    await vi.waitFor(() => {
      expect(f.explain(y).threads.started).toBe(2);
    });
  });
});

describe("a worker that ends between two calls", () => {
  it("is replaced when that has been told", async () => {
    const built = together(chain, [x], 2);
    const hand = first();
    hand.end();
    await vi.waitFor(() => {
      expect(hand.isLost).toBe(true);
    });
    recovers(built);
  });

  it("has the next call throw when it has not", () => {
    const built = together(chain, [x], 2);
    first().end();
    expect(() => built.run([x])).toThrow(new TraceError(ENDED));
    recovers(built);
  });
});

describe("a worker that is slow", () => {
  it("is waited for", () => {
    const built = together(chain, [x], 2);
    const { crew } = built;
    trouble("sleep", 1500);
    expect(different(built.run([x]), expected, bits)).toEqual([]);
    expect(built.crew).toBe(crew);
    expect(crew?.present()).toBe(2);
  });

  it("is given up when it takes longer than can be, and ended when it does not come back then", () => {
    const built = build(chain, [x], { threads: 2, grain: 1, patience: 1000 });
    awaitCrew(built);
    const before = everybody();
    const [hand] = before;
    trouble("sleep", 30_000);
    expect(() => built.run([x])).toThrow(new TraceError(SILENT));
    expect(hand?.isLost).toBe(true);
    recovers(built);
    expect(everybody()).not.toContain(hand);
  });

  it("is called again when it does", () => {
    const built = build(chain, [x], { threads: 2, grain: 1, patience: 1000 });
    awaitCrew(built);
    const before = [...everybody()];
    trouble("sleep", 1500);
    expect(() => built.run([x])).toThrow(new TraceError(SILENT));
    recovers(built);
    expect(everybody()).toEqual(before);
  });

  it("and is given up, but goes on for a while, shares no memory with later calls", () => {
    const built = build(chain, [x], { threads: 2, grain: 1, patience: 1000 });
    awaitCrew(built);
    const [hand] = everybody();
    const end = vi.spyOn(hand!, "end").mockImplementation(() => undefined);
    trouble("sleep", 2800);
    expect(() => built.run([x])).toThrow(new TraceError(SILENT));
    expect(end).toHaveBeenCalledOnce();
    const { Memory } = WebAssembly;
    const memory = vi.spyOn(WebAssembly, "Memory").mockImplementation(function (limits) {
      return new Memory(limits);
    });
    expect(different(built.run([x]), expected, bits)).toEqual([]);
    expect(memory).toHaveBeenCalledOnce();
    const until = performance.now() + 1500;
    while (performance.now() < until) expect(different(built.run([x]), expected, bits)).toEqual([]);
    end.mockRestore();
    hand!.end();
  });
});

it("a worker whose part throws fails the call, and takes part in the next", () => {
  const built = together(chain, [x], 3);
  trouble("throw");
  expect(() => built.run([x])).toThrow(
    "compile: a worker failed: its part of the program was stopped by an error; call again, or compile with threads: 1",
  );
  expect(different(built.run([x]), expected, bits)).toEqual([]);
  expect(built.crew?.present()).toBe(3);
});
