import { arena } from "./arena.js";
import { errorByStep } from "./error-by-step.js";
import { memoryBySteps } from "./memory-by-steps.js";

/** The plots of the docs: their SVG by file name. `npm run docs:graphs` draws them. */
export const plots: Readonly<Record<string, () => string>> = {
  arena,
  "error-by-step": errorByStep,
  "memory-by-steps": memoryBySteps,
};
