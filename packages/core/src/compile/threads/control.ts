/**
 * Words by which the workers of a program get along, in bytes from the beginning of the program's control block. Those
 * that are waited for are a cache line apart.
 */
export const CONTROL = {
  /** How many have reached the barrier. */
  arrived: 0,
  /** How many barriers everybody has passed; changes let those go who wait. */
  generation: 64,
  /** How many sleep until the generation changes. */
  sleepers: 128,
  /** 0; 1 when the main thread has failed or given up, 2 when a worker has failed. */
  failed: 192,
  /** Workers that are done with this call. */
  finished: 256,
  /** How often to look before going to sleep. */
  spins: 320,
  /** One word per worker, 1 when it has the program. */
  joined: 384,
} as const;

/** The most threads that a program may have. */
export const MOST_THREADS = 64;

/** Bytes of the control block. */
export const CONTROL_BYTES = CONTROL.joined + 4 * MOST_THREADS;
