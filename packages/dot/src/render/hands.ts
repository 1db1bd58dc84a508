import type { Hand, Listener } from "./workshop.js";

/** The worker that runs Graphviz. */
export function graphvizHand(listener: Listener): Hand {
  const node = nodeThreads();
  if (node !== undefined) {
    return nodeHand(new node.Worker(new URL("./graphviz-worker.js", import.meta.url), nodeOptions), listener);
  }
  // Written out, because bundlers look for just this.
  const worker = new Worker(new URL("./graphviz-worker.js", import.meta.url), {
    type: "module",
    name: "tapeloop drawing",
  });
  worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => listener.answered(data));
  worker.addEventListener("error", ({ message }) => listener.broke(message || "its file cannot be loaded"));
  return {
    post: (message) => worker.postMessage(message),
    stop: () => worker.terminate(),
    hold: () => undefined,
  };
}

/** The worker that makes pixels; only in Node. */
export function pngHand(listener: Listener): Hand {
  const node = nodeThreads();
  if (node === undefined) throw new Error("PNG is made in Node only; in a browser, draw the SVG on a canvas");
  // Not written out, because a bundler for browsers should leave this alone.
  const file = "./png-worker.js";
  return nodeHand(new node.Worker(new URL(file, import.meta.url), nodeOptions), listener);
}

const nodeOptions = {
  name: "tapeloop drawing",
  execArgv: [],
  // Graphviz calls itself as deep as a graph is long.
  resourceLimits: { stackSizeMb: 32 },
};

type NodeWorker = InstanceType<NonNullable<ReturnType<typeof nodeThreads>>["Worker"]>;

function nodeHand(worker: NodeWorker, listener: Listener): Hand {
  worker.on("message", (data) => listener.answered(data));
  worker.on("error", (error) => listener.broke(error instanceof Error ? error.message : String(error)));
  worker.on("exit", () => listener.broke("it left without an answer"));
  return {
    post: (message) => worker.postMessage(message),
    stop: () => void worker.terminate(),
    hold: (wanted) => (wanted ? worker.ref() : worker.unref()),
  };
}

/** Node's threads, had without an import, which browsers would have to resolve. */
function nodeThreads() {
  if (typeof process !== "object" || !("getBuiltinModule" in process)) return undefined;
  return process.getBuiltinModule("node:worker_threads");
}
