import { afterAll, beforeAll } from "vitest";

const threads = process.getBuiltinModule("node:worker_threads");
const { Worker } = threads;
const words = new Int32Array(new SharedArrayBuffer(16));

/** What may happen to a worker at the beginning of its part. */
const KINDS = { end: 1, sleep: 2, throw: 3 } as const;

/** Lets something happen to one worker in the next call, for so many milliseconds if it takes time. */
export function trouble(kind: keyof typeof KINDS, milliseconds = 0): void {
  words[1] = milliseconds;
  Atomics.store(words, 0, KINDS[kind]);
}

/** Has all workers of a test file be ones to which something can happen. */
export function unreliableWorkers(): void {
  class Unreliable extends Worker {
    constructor(_script: string | URL, options?: ConstructorParameters<typeof Worker>[1]) {
      super(new URL("./unreliable-worker.js", import.meta.url), options);
      this.postMessage({ kind: "trouble", words });
    }
  }
  beforeAll(() => {
    Object.assign(threads, { Worker: Unreliable });
  });
  afterAll(() => {
    Object.assign(threads, { Worker });
  });
}
