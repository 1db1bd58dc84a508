import { inWorker } from "./own-worker.js";

/** Trains in a worker of the page's own, as pages should. */
export default function trainingInWorker(): Promise<unknown> {
  return inWorker(new Worker(new URL("./training-worker.ts", import.meta.url), { type: "module" }));
}
