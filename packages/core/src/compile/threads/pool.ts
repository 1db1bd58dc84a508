import { SLOT, STATE, type Message } from "./messages.js";
import type { Support } from "./support.js";

/** A worker, as the thread that calls sees it. */
export interface Hand {
  readonly slot: Int32Array<SharedArrayBuffer>;
  readonly post: (message: Message) => void;
  /** Whether the worker can be seen to have ended, although nobody has told. */
  readonly hasEnded: () => boolean;
  readonly end: () => void;
  /** Whether it is known to be gone. */
  isLost: boolean;
}

/** All workers of this thread: programs share them. */
const pool: Hand[] = [];

/**
 * The first `count` workers of the pool; as many as are missing are started. Stops at the first that cannot be
 * started: a policy may forbid it.
 */
export function hire(count: number, support: Support): readonly Hand[] {
  pool.splice(0, pool.length, ...pool.filter(isThere));
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
  const worker = support.spawn(() => {
    hand.isLost = true;
  });
  const hand: Hand = { slot, ...worker, isLost: false };
  hand.post({ kind: "start", slot });
  return hand;
}

/** Has a worker read its messages soon, if it is not doing anything. */
export function rouse({ slot }: Hand): void {
  Atomics.compareExchange(slot, SLOT.state, STATE.ready, STATE.listening);
  Atomics.notify(slot, SLOT.state);
}

/** Whether a worker is still there, as far as can be seen; takes some microseconds. */
export function isThere(hand: Hand): boolean {
  hand.isLost ||= hand.hasEnded();
  return !hand.isLost;
}

/** Ends a worker, which may still go on for a moment. */
export function dismiss(hand: Hand): void {
  hand.isLost = true;
  hand.end();
}

/** Whether a worker has nothing to do. */
export function isFree({ slot, isLost }: Hand): boolean {
  const state = Atomics.load(slot, SLOT.state);
  return !isLost && (state === STATE.listening || state === STATE.ready);
}

/** Whether a worker has been called and is not done. */
export function isBusy({ slot }: Hand): boolean {
  return Atomics.load(slot, SLOT.state) === STATE.called;
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
