import { unsigned } from "./bytes.js";
import { loads, statement, stores, value, type Address, type Statement, type Value } from "./value.js";

const PREFIX = 0xfe;
const words = [0x02] as const;

/**
 * Instructions on 32-bit words that threads share (the threads proposal; sequentially consistent). Addresses are
 * multiples of 4.
 */
export const atomic = {
  load: loads("i32", 2, PREFIX, 0x10),
  store: stores<"i32">(2, PREFIX, 0x17),
  /** Adds to a word, and gives what it was. */
  add: ({ base, offset = 0 }: Address, x: Value<"i32">): Value<"i32"> =>
    value("i32", base.code, x.code, PREFIX, 0x1e, words, unsigned(offset)),
  /**
   * Sleeps until somebody notifies the word, unless it is not `expected` to begin with. 0 when notified, 1 when not as
   * expected. Needs shared memory; traps where a thread may not sleep (a page's main thread).
   */
  wait: ({ base, offset = 0 }: Address, expected: Value<"i32">): Value<"i32"> =>
    value("i32", base.code, expected.code, FOREVER, PREFIX, 0x01, words, unsigned(offset)),
  /** Wakes all who wait for the word; gives their number. */
  notify: ({ base, offset = 0 }: Address): Value<"i32"> =>
    value("i32", base.code, EVERYBODY, PREFIX, 0x00, words, unsigned(offset)),
};
/** i64.const −1: no time limit. */
const FOREVER = [0x42, 0x7f];
/** i32.const −1: as an unsigned number, all. */
const EVERYBODY = [0x41, 0x7f];

/** Stops the program with a trap. */
export const unreachable: Statement = statement(0x00);
