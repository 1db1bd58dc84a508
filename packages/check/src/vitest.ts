import { ArgumentError } from "@tapeloop/core";
import { expect } from "vitest";
import { gradcheck } from "./gradcheck.js";
import type { GradcheckOptions } from "./options.js";

/** The arguments of the function that is checked. */
type InputsOf<T> = T extends (...args: infer Args) => unknown ? Args : never;

declare module "vitest" {
  interface Matchers<T> {
    /**
     * The gradient of the function agrees with finite differences at `inputs`; see `gradcheck`. The message of a
     * failure is the report.
     */
    toPassGradcheck(inputs: InputsOf<T>, options?: GradcheckOptions): void;
  }
}

expect.extend({
  toPassGradcheck(received: unknown, inputs: readonly unknown[], options?: GradcheckOptions) {
    if (!isFunction(received)) {
      throw new ArgumentError(
        `toPassGradcheck: got ${typeof received}, expected the function to check: expect(fn)`,
      );
    }
    const report = gradcheck(received, inputs, options);
    return { pass: report.pass, message: () => report.toString() };
  },
});

function isFunction(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === "function";
}
