import { errorByStep } from "./error-by-step.js";

/** The plots of the docs: their SVG by file name. `npm run docs:graphs` draws them. */
export const plots: Readonly<Record<string, () => string>> = {
  "error-by-step": errorByStep,
};
