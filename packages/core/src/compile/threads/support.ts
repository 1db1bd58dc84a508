/** What threads need of the engine and its surroundings. */
export interface Support {
  /** Makes a worker that runs `worker.js`. */
  readonly spawn: (failed: () => void) => { readonly post: (message: unknown) => void };
  /** How many threads really run at once. */
  readonly cores: number;
  /** Whether this thread may sleep until another one wakes it; a page's main thread may not. */
  readonly maySleep: boolean;
}

/** What there is here, or why threads cannot be had. */
export function threadSupport(): Support | { readonly reason: string } {
  if (typeof SharedArrayBuffer === "undefined") {
    return {
      reason:
        "there is no shared memory here (a page has it when it is cross-origin isolated: served with " +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)",
    };
  }
  const node = builtins();
  if (node !== undefined) {
    const { Worker } = node.threads;
    return {
      cores: coresHere(),
      maySleep: true,
      spawn: (failed) => {
        const worker = new Worker(new URL("./worker.js", import.meta.url), {
          name: "tapeloop",
          execArgv: [],
        });
        // A process ends when everything else is done.
        worker.unref();
        worker.on("error", failed);
        return {
          post: (message) => {
            worker.postMessage(message);
          },
        };
      },
    };
  }
  if (typeof Worker === "undefined") return { reason: "there are no workers here" };
  return {
    cores: coresHere(),
    maySleep: maySleep(),
    spawn: (failed) => {
      // Written out, because bundlers look for just this.
      const worker = new Worker(new URL("./worker.js", import.meta.url), {
        type: "module",
        name: "tapeloop",
      });
      worker.addEventListener("error", failed);
      return {
        post: (message) => {
          worker.postMessage(message);
        },
      };
    },
  };
}

/** How many threads really run at once. */
export function coresHere(): number {
  const node = builtins();
  if (node !== undefined) return node.os.availableParallelism();
  return typeof navigator === "object" ? Math.max(1, navigator.hardwareConcurrency || 1) : 1;
}

/** Node's modules, had without an import, which browsers would have to resolve. */
function builtins() {
  if (typeof process !== "object" || !("getBuiltinModule" in process)) return undefined;
  return {
    threads: process.getBuiltinModule("node:worker_threads"),
    os: process.getBuiltinModule("node:os"),
  };
}

function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
