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

/** What a program asks of the engine. */
export interface Demands {
  /** Bytes of memory. */
  readonly memory: number;
  readonly functions: readonly { readonly title: string; readonly bytes: number; readonly locals: number }[];
}

/** Throws Unsupported when a program is larger than an engine takes. */
export function checkLimits({ memory, functions }: Demands): void {
  const count = (n: number): string => n.toLocaleString("en");
  if (memory > LIMITS.memory) {
    throw new Unsupported(
      `it needs ${count(memory)} bytes of memory, more than the 4 GiB that WebAssembly addresses`,
    );
  }
  for (const { title, bytes, locals } of functions) {
    if (bytes > LIMITS.body) {
      throw new Unsupported(
        `its function ${title} has ${count(bytes)} bytes, more than the ${count(LIMITS.body)} that engines take`,
      );
    }
    if (locals > LIMITS.locals) {
      throw new Unsupported(
        `its function ${title} has ${count(locals)} local variables, more than the ${count(LIMITS.locals)} that engines take`,
      );
    }
  }
}
