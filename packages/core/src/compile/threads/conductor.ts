import { TraceError } from "../../errors.js";
import { CONTROL } from "./control.js";
import { call, dismiss, isBusy, isThere, type Hand } from "./pool.js";
import { awaitChange, TICK } from "./waiting.js";

/** Milliseconds in which those who are let go should have come back. */
const GRACE = 1000;

/** A worker will not do what it was called for. */
class Lost extends Error {}

/**
 * Leads the calls of one program, as its worker 0. A worker's end is not told while this thread waits, so whoever waits
 * here looks after the others from time to time. One that has ended can be seen where the engine shows it; anywhere, one
 * is given up that has been silent for longer than its work can take. It may be alive nevertheless, and still write into
 * the program's memory: after a loss nobody uses that any more.
 */
export class Conductor {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #control: number;
  readonly #maySleep: boolean;
  readonly #patience: number;
  #party: readonly Hand[] = [];
  #hasLost = false;

  /**
   * @param control where the control block begins
   * @param maySleep whether this thread may sleep
   * @param patience milliseconds without any progress after which a worker is given up
   */
  constructor(memory: WebAssembly.Memory, control: number, maySleep: boolean, patience: number) {
    this.#words = new Int32Array(memory.buffer);
    this.#control = control;
    this.#maySleep = maySleep;
    this.#patience = patience;
  }

  /** Who took part in the last call. */
  get party(): readonly Hand[] {
    return this.#party;
  }

  /** Whether a call has lost a worker, and the program its memory. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /**
   * Calls `start(worker, workers)` for worker 0 here and for the others elsewhere; returns when all are done.
   * @throws TraceError when a worker fails or is lost
   */
  run(program: number, party: readonly Hand[], start: (worker: number, workers: number) => void): void {
    this.#party = party;
    for (const word of [CONTROL.arrived, CONTROL.failed, CONTROL.finished]) {
      Atomics.store(this.#words, this.#at(word), 0);
    }
    const workers = party.length + 1;
    party.forEach((hand, i) => {
      call(hand, program, i + 1, workers);
    });
    try {
      start(0, workers);
    } catch (error) {
      if (error instanceof Lost) throw this.#giveUp(error);
      const isOwn = this.#letGo();
      this.#settle();
      throw isOwn ? error : workerFailed(STOPPED, error);
    }
    const lost = this.#settle();
    if (lost !== undefined) throw lost;
    if (Atomics.load(this.#words, this.#at(CONTROL.failed)) !== 0) throw workerFailed(STOPPED);
  }

  /** Waits at a barrier until the generation is another one. */
  readonly wait = (generation: number): void => {
    const one = this.#maySleep ? 1 : 0;
    Atomics.add(this.#words, this.#at(CONTROL.sleepers), one);
    this.#await(CONTROL.generation, generation);
    Atomics.sub(this.#words, this.#at(CONTROL.sleepers), one);
  };

  #at(offset: number): number {
    return (this.#control + offset) / 4;
  }

  /** Waits until a word is no longer `before`; throws when it cannot change any more. */
  #await(offset: number, before: number): void {
    awaitChange(this.#words, this.#at(offset), before, this.#maySleep, (ticks) => {
      if (!this.#party.every(isThere)) throw new Lost("it ended in the middle of a call");
      if (ticks * TICK < this.#patience) return;
      this.#dismissSilent();
      const seconds = Number((this.#patience / 1000).toPrecision(2));
      throw new Lost(`nothing was heard of it for ${seconds} s`);
    });
  }

  /** Ends those who do not even come back when everybody is let go. */
  #dismissSilent(): void {
    this.#letGo();
    const end = performance.now() + GRACE;
    while (this.#party.some(isBusy) && performance.now() < end);
    this.#party.filter(isBusy).forEach(dismiss);
  }

  /** Lets everybody go, who then stop at their barriers. Whether no worker has failed before. */
  #letGo(): boolean {
    const before = Atomics.compareExchange(this.#words, this.#at(CONTROL.failed), 0, 1);
    Atomics.add(this.#words, this.#at(CONTROL.generation), 1);
    Atomics.notify(this.#words, this.#at(CONTROL.generation));
    return before !== 2;
  }

  /** Waits until all workers are done; what to say when one of them is lost. */
  #settle(): TraceError | undefined {
    const index = this.#at(CONTROL.finished);
    try {
      for (let now = 0; now < this.#party.length; now = Atomics.load(this.#words, index)) {
        this.#await(CONTROL.finished, now);
      }
      return undefined;
    } catch (error) {
      if (error instanceof Lost) return this.#giveUp(error);
      throw error;
    }
  }

  #giveUp({ message }: Lost): TraceError {
    this.#hasLost = true;
    this.#letGo();
    return workerFailed(`${message} (the next call starts another one)`);
  }
}

const STOPPED = "its part of the program was stopped by an error";

function workerFailed(what: string, cause?: unknown): TraceError {
  return new TraceError(`compile: a worker failed: ${what}; call again, or compile with threads: 1`, {
    cause,
  });
}
