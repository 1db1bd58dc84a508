import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Layouter, type LayoutListener, type LayoutRequest } from "../../src/html/page/layout.js";

/** A worker that does nothing by itself. */
interface FakeWorker {
  readonly requests: LayoutRequest[];
  readonly listener: LayoutListener;
  isTerminated: boolean;
}

const layout = { width: 1, height: 2, nodes: {}, clusters: {}, edges: {} };

function fakes(): {
  readonly layouter: Layouter;
  readonly workers: FakeWorker[];
  readonly reply: (at: number) => void;
} {
  const workers: FakeWorker[] = [];
  const layouter = new Layouter((listener) => {
    const worker: FakeWorker = { requests: [], listener, isTerminated: false };
    workers.push(worker);
    return {
      post: (request) => void worker.requests.push(request),
      terminate: () => void (worker.isTerminated = true),
    };
  });
  const reply = (at: number): void => {
    const { requests, listener } = workers[at]!;
    listener.answered({ id: requests.at(-1)!.id, layout });
  };
  return { layouter, workers, reply };
}

const dots = (workers: readonly FakeWorker[]): string[][] =>
  workers.map(({ requests }) => requests.map(({ dot }) => dot));

describe("layouts", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are made by one worker, which starts before the first is asked for", async () => {
    const { layouter, workers, reply } = fakes();
    expect(workers).toHaveLength(1);
    for (const dot of ["a", "b"]) {
      const made = layouter.layout(dot);
      reply(0);
      expect(await made).toBe(layout);
    }
    expect(dots(workers)).toEqual([["a", "b"]]);
  });

  it("that nobody waits for are ended, so that the newest is made at once", async () => {
    const { layouter, workers, reply } = fakes();
    const first = layouter.layout("a");
    await vi.advanceTimersByTimeAsync(15_000);
    const second = layouter.layout("b");
    const third = layouter.layout("c");
    expect(await first).toBeUndefined();
    expect(await second).toBeUndefined();
    expect(workers[0]?.isTerminated).toBe(false);
    await vi.advanceTimersByTimeAsync(500);
    expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
    expect(dots(workers)).toEqual([["a"], ["c"]]);
    // It has its own time, all of it.
    await vi.advanceTimersByTimeAsync(19_000);
    reply(0);
    reply(1);
    expect(await third).toBe(layout);
  });

  it("that are nearly done are waited for, instead of loading Graphviz anew", async () => {
    const { layouter, workers, reply } = fakes();
    const first = layouter.layout("a");
    const second = layouter.layout("b");
    expect(await first).toBeUndefined();
    await vi.advanceTimersByTimeAsync(50);
    reply(0);
    expect(dots(workers)).toEqual([["a", "b"]]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(workers).toHaveLength(1);
    reply(0);
    expect(await second).toBe(layout);
  });

  it("fail when they take too long, or the worker breaks, and the next one is none the worse for it", async () => {
    const { layouter, workers, reply } = fakes();
    const slow = expect(layouter.layout("a")).rejects.toThrow(
      "viewer: no layout: the layout took longer than 20 s",
    );
    await vi.advanceTimersByTimeAsync(20_000);
    await slow;
    const broken = expect(layouter.layout("b")).rejects.toThrow("viewer: no layout: out of memory");
    workers[0]?.listener.broke("of no interest");
    workers[1]?.listener.broke("out of memory");
    await broken;
    const fine = layouter.layout("c");
    reply(2);
    expect(await fine).toBe(layout);
    expect(dots(workers)).toEqual([["a"], ["b"], ["c"]]);
  });

  it("fail with what Graphviz says", async () => {
    const { layouter, workers } = fakes();
    const made = layouter.layout("a");
    workers[0]?.listener.answered({ id: 1, error: "syntax error" });
    await expect(made).rejects.toThrow("viewer: no layout: syntax error");
  });
});
