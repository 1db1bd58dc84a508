import { SLOT, STATE, type Message } from "./messages.js";
import type { Support } from "./support.js";

/** A worker, as the thread that calls sees it. */
export interface Hand {
  readonly slot: Int32Array<SharedArrayBuffer>;
  readonly post: (message: Message) => void;
}

/** All workers of this thread: programs share them. */
const pool: Hand[] = [];

/**
 * The first `count` workers of the pool; as many as are missing are started. Stops at the first that cannot be
 * started: a policy may forbid it.
 */
export function hire(count: number, support: Support): readonly Hand[] {
  pool.splice(0, pool.length, ...pool.filter(isAlive));
  try {
    while (pool.length < count) pool.push(start(support));
  } catch {
    // Then there are as many as there are.
  }
  return pool.slice(0, count);
}

/** Every worker there is. */
export function everybody(): readonly Hand[] {
  return pool;
}

function start(support: Support): Hand {
  const slot = new Int32Array(new SharedArrayBuffer(4 * SLOT.words));
  const { post } = support.spawn(() => Atomics.store(slot, SLOT.state, STATE.dead));
  post({ kind: "start", slot });
  return { slot, post };
}

/** Has a worker read its messages soon, if it is not doing anything. */
export function rouse({ slot }: Hand): void {
  Atomics.compareExchange(slot, SLOT.state, STATE.ready, STATE.listening);
  Atomics.notify(slot, SLOT.state);
}

export function isAlive({ slot }: Hand): boolean {
  return Atomics.load(slot, SLOT.state) !== STATE.dead;
}

/** Whether a worker has nothing to do. */
export function isFree({ slot }: Hand): boolean {
  const state = Atomics.load(slot, SLOT.state);
  return state === STATE.listening || state === STATE.ready;
}

/** Has a free worker run a program that it has, as one of several. */
export function call({ slot, post }: Hand, program: number, worker: number, workers: number): void {
  Atomics.store(slot, SLOT.program, program);
  Atomics.store(slot, SLOT.worker, worker);
  Atomics.store(slot, SLOT.workers, workers);
  const before = Atomics.exchange(slot, SLOT.state, STATE.called);
  if (before === STATE.listening) post({ kind: "wake" });
  else Atomics.notify(slot, SLOT.state);
}
