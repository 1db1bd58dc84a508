/** Milliseconds of waiting after which to look whether the others are still there. */
export const TICK = 100;

/**
 * Waits until a word is no longer `before`. After every tick without a change `look` is called with their number, and
 * may end the waiting by throwing. Ticks count, not milliseconds: while a whole process is suspended, time passes
 * although nobody could have got on.
 * @param maySleep whether this thread may sleep; a page's main thread spins
 */
export function awaitChange(
  words: Int32Array<ArrayBuffer | SharedArrayBuffer>,
  index: number,
  before: number,
  maySleep: boolean,
  look: (ticks: number) => void,
): void {
  const wait = maySleep ? sleep : spin;
  for (let ticks = 1; Atomics.load(words, index) === before; ticks++) {
    // Who is woken looks again at the word first.
    if (wait(words, index, before)) look(ticks);
    else ticks--;
  }
}

/** Sleeps for a tick, or until the word has changed and somebody says so. Whether the tick has passed. */
function sleep(words: Int32Array<ArrayBuffer | SharedArrayBuffer>, index: number, before: number): boolean {
  return Atomics.wait(words, index, before, TICK) === "timed-out";
}

/** As `sleep`, without sleeping. */
function spin(words: Int32Array<ArrayBuffer | SharedArrayBuffer>, index: number, before: number): boolean {
  const end = performance.now() + TICK;
  do {
    for (let i = 0; i < 1000; i++) if (Atomics.load(words, index) !== before) return false;
  } while (performance.now() < end);
  return true;
}
