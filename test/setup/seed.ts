import { configureGlobal } from "fast-check";

/*
 * Property tests draw the same examples at every run, so that a red run is about the change that it tests.
 * TAPELOOP_SEED=random looks elsewhere (`npm run verify` does), TAPELOOP_SEED=<number> repeats what such a run found.
 */
const given = process.env["TAPELOOP_SEED"] ?? "20260731";
if (given !== "random") {
  const seed = Number(given);
  if (!Number.isSafeInteger(seed))
    throw new Error(`TAPELOOP_SEED: got "${given}", expected a whole number or "random"`);
  configureGlobal({ seed });
}
