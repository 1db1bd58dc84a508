import { inWorker } from "./own-worker.js";

/** Loses a worker, in a worker of the page's own. */
export default function lossInWorker(): Promise<unknown> {
  return inWorker(new Worker(new URL("./loss-worker.ts", import.meta.url), { type: "module" }));
}
