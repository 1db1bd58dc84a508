import { Conductor } from "./conductor.js";
import { CONTROL } from "./control.js";
import { everybody, hire, isFree, rouse } from "./pool.js";
import type { Support } from "./support.js";

/** How often somebody looks at a barrier before it sleeps: some 50 µs, what a wake-up costs. */
const SPINS = 50_000;

/**
 * How long a call may go without any progress, in milliseconds, before a worker is given up: far longer than one thread
 * takes for all that is shared out, `work` operations on single elements.
 */
export function patienceFor(work: number): number {
  return 30_000 + work / 100_000;
}

/** The workers of one program. */
export interface Crew {
  /** How many workers there are, the thread that calls included. */
  readonly size: number;
  /** How many of them have the program by now. */
  readonly ready: () => number;
  /** How many took part in the last call. */
  readonly present: () => number;
  /**
   * Whether a worker has been lost. Then the program needs another crew, and another memory: one that only seemed to be
   * lost may still write into this one.
   */
  readonly isSpent: () => boolean;
  /**
   * Calls `start(worker, workers)` for worker 0 here and for the others elsewhere; returns when all are done.
   * @throws TraceError when a worker fails or is lost
   */
  readonly run: (start: (worker: number, workers: number) => void) => void;
  /** What worker 0 waits with at a barrier, until the generation is another one. */
  readonly wait: (generation: number) => void;
  /** Makes the workers forget the program. */
  readonly release: () => void;
}

let made = 0;

/**
 * Gives a program to `threads − 1` workers, who take part in calls from the moment they have it: nobody waits for a
 * worker that is still starting, since the results are the same without it.
 * @param control where the control block begins
 * @param patience milliseconds without any progress after which a worker is given up
 */
export function gather(
  program: { readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory },
  threads: number,
  control: number,
  support: Support,
  patience: number,
): Crew {
  const id = made++;
  const words = new Int32Array(program.memory.buffer);
  const at = (offset: number): number => (control + offset) / 4;
  words[at(CONTROL.spins)] = threads > support.cores ? 100 : SPINS;
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
  const conductor = new Conductor(program.memory, control, support.maySleep, patience);
  const forget = releaseOf(id);
  let isReleased = false;
  const crew: Crew = {
    size: hands.length + 1,
    ready: () => 1 + hands.filter((hand, i) => hasJoined(i) && !hand.isLost).length,
    present: () => 1 + conductor.party.length,
    // Who never took part is missed by nobody: it may be that no worker can be started here.
    isSpent: () => conductor.hasLost || (!isReleased && hands.some((hand, i) => hand.isLost && hasJoined(i))),
    wait: conductor.wait,
    release() {
      isReleased = true;
      forget();
    },
    run(start) {
      const present = hands.filter((hand, i) => !isReleased && hasJoined(i) && isFree(hand));
      conductor.run(id, present, start);
    },
  };
  forgotten.register(crew, forget);
  return crew;
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
