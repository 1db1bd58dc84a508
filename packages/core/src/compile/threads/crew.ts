import { TraceError } from "../../errors.js";
import { CONTROL } from "./control.js";
import { call, everybody, hire, isAlive, isFree, rouse } from "./pool.js";
import type { Support } from "./support.js";

/** How often a worker looks at a barrier before it sleeps: some 50 µs, what a wake-up costs. */
const SPINS = 50_000;

/** The workers of one program. */
export interface Crew {
  /** How many workers there are, the thread that calls included. */
  readonly size: number;
  /** How many of them have the program by now. */
  readonly ready: () => number;
  /** How many took part in the last call. */
  readonly present: () => number;
  /** Calls `start(worker, workers)` for worker 0 here and for the others elsewhere; returns when all are done. */
  readonly run: (start: (worker: number, workers: number) => void) => void;
  /** Makes the workers forget the program. */
  readonly release: () => void;
}

let made = 0;

/**
 * Gives a program to `threads − 1` workers, who take part in calls from the moment they have it: nobody waits for a
 * worker that is still starting, since the results are the same without it.
 * @param control where the control block begins
 */
export function gather(
  program: { readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory },
  threads: number,
  control: number,
  support: Support,
): Crew {
  const id = made++;
  const words = new Int32Array(program.memory.buffer);
  const at = (offset: number): number => (control + offset) / 4;
  const spins = threads > support.cores ? 100 : SPINS;
  words[at(CONTROL.spins)] = spins;
  words[at(CONTROL.mainSpins)] = support.maySleep ? spins : -1;
  const hands = hire(threads - 1, support);
  hands.forEach((hand, i) => {
    hand.post({
      kind: "join",
      id,
      ...program,
      words: {
        joined: at(CONTROL.joined) + i,
        finished: at(CONTROL.finished),
        failed: at(CONTROL.failed),
        generation: at(CONTROL.generation),
      },
    });
    rouse(hand);
  });
  const hasJoined = (i: number): boolean => Atomics.load(words, at(CONTROL.joined) + i) === 1;
  const forget = releaseOf(id);
  let isReleased = false;
  let latest = 0;
  const crew: Crew = {
    size: hands.length + 1,
    ready: () => 1 + hands.filter((hand, i) => hasJoined(i) && isAlive(hand)).length,
    present: () => latest,
    release() {
      isReleased = true;
      forget();
    },
    run(start) {
      const present = hands.filter((hand, i) => !isReleased && hasJoined(i) && isFree(hand));
      const workers = present.length + 1;
      latest = workers;
      for (const word of [CONTROL.arrived, CONTROL.failed, CONTROL.finished])
        Atomics.store(words, at(word), 0);
      present.forEach((hand, i) => {
        call(hand, id, i + 1, workers);
      });
      try {
        start(0, workers);
      } catch (error) {
        const isOther = Atomics.compareExchange(words, at(CONTROL.failed), 0, 1) === 2;
        Atomics.add(words, at(CONTROL.generation), 1);
        Atomics.notify(words, at(CONTROL.generation));
        throw isOther ? new TraceError("compile: a worker failed", { cause: error }) : error;
      } finally {
        waitFor(words, at(CONTROL.finished), present.length, support.maySleep);
      }
      if (Atomics.load(words, at(CONTROL.failed)) !== 0) throw new TraceError("compile: a worker failed");
    },
  };
  forgotten.register(crew, forget);
  return crew;
}

/** Waits until a word is what is expected. */
function waitFor(words: Int32Array, index: number, expected: number, maySleep: boolean): void {
  for (let spins = 0; ; spins++) {
    const now = Atomics.load(words, index);
    if (now === expected) return;
    if (maySleep && spins > 2000) Atomics.wait(words, index, now);
  }
}

/** Made where nothing but the number is at hand, so that it does not keep the program alive. */
function releaseOf(id: number): () => void {
  return () => {
    for (const hand of everybody()) {
      hand.post({ kind: "leave", id });
      rouse(hand);
    }
  };
}

/** Programs that are collected as garbage are forgotten by the workers too. */
const forgotten = new FinalizationRegistry<() => void>((release) => {
  release();
});
