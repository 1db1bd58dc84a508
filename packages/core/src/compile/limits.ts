/** Why a program cannot be WebAssembly on this machine; it then runs on the reference executor. */
export class Unsupported extends Error {
  override name = "Unsupported";
}

/** Limits that all engines share (V8, SpiderMonkey and JavaScriptCore agree on them). */
export const LIMITS = {
  /** Bytes of memory: 65,536 pages. */
  memory: 2 ** 32,
  /** Bytes of a function's body. */
  body: 7_654_321,
  /** Local variables of a function. */
  locals: 50_000,
} as const;
