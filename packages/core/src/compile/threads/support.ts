/** A worker that runs `worker.js`. */
export interface Spawned {
  readonly post: (message: unknown) => void;
  /** Whether the worker can be seen to have ended; false where that cannot be seen. */
  readonly hasEnded: () => boolean;
  readonly end: () => void;
}

/** What threads need of the engine and its surroundings. */
export interface Support {
  /** Makes a worker; `ended` is called when it is over with it, which takes the event loop. */
  readonly spawn: (ended: () => void) => Spawned;
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
  if (node !== undefined) return { cores: coresHere(), maySleep: true, spawn: spawnIn(node) };
  if (typeof Worker === "undefined") return { reason: "there are no workers here" };
  return {
    cores: coresHere(),
    maySleep: maySleep(),
    spawn: (ended) => {
      // Written out, because bundlers look for just this.
      const worker = new Worker(new URL("./worker.js", import.meta.url), {
        type: "module",
        name: "tapeloop",
      });
      worker.addEventListener("error", () => {
        worker.terminate();
        ended();
      });
      return {
        post: (message) => {
          worker.postMessage(message);
        },
        hasEnded: () => false,
        end: () => {
          worker.terminate();
        },
      };
    },
  };
}

function spawnIn({ threads }: NonNullable<ReturnType<typeof builtins>>): Support["spawn"] {
  const { Worker, MessageChannel, receiveMessageOnPort } = threads;
  // Not in one with `new Worker`: bundlers look for that, and cannot read these options.
  const script = new URL("./worker.js", import.meta.url);
  return (ended) => {
    // The worker holds the other end of a line on which nobody speaks. When the worker ends, so does the line.
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(script, {
      name: "tapeloop",
      execArgv: [],
      workerData: port2,
      transferList: [port2],
    });
    // A process ends when everything else is done.
    worker.unref();
    worker.on("error", ended);
    worker.on("exit", ended);
    let line = port1;
    const isCut = (): boolean => {
      // Takes notice of the other end's end, without the event loop; then the port can no longer be passed on.
      receiveMessageOnPort(line);
      try {
        line = structuredClone(line, { transfer: [line] });
        return false;
      } catch {
        return true;
      }
    };
    // Where a new line already looks cut, the engine does not work like this, and nothing can be seen.
    const canSee = !isCut();
    return {
      post: (message) => {
        worker.postMessage(message);
      },
      hasEnded: () => canSee && isCut(),
      end: () => void worker.terminate(),
    };
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
