/*
 * A worker of compiled programs, in Node and in browsers. It is plain JavaScript and imports nothing, so that one and the
 * same file serves the sources, where nothing has been built, and the published package. `messages.ts` says what the
 * words and messages mean; a test holds the numbers below against it.
 */

/** @typedef {import("./messages.js").Message} Message */
/** @typedef {import("./messages.js").Join} Join */

const [STATE, PROGRAM, WORKER, WORKERS] = [0, 1, 2, 3];
const [LISTENING, READY, CALLED] = [0, 1, 2];
/** How long to stay about after a call, in milliseconds, before going back to messages. */
const LINGER = 5;
/** How often to look at the slot before sleeping. */
const SPINS = 2000;

const threads =
  typeof process === "object" && "getBuiltinModule" in process
    ? process.getBuiltinModule("node:worker_threads")
    : undefined;

/** @type {Map<number, (worker: number, workers: number) => void>} */
const programs = new Map();
/** @type {Int32Array<SharedArrayBuffer>} */
let slot;

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 */
function instanceOf(module, imports) {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch {
    return undefined;
  }
}

/** @param {Join} join */
function join({ id, module, memory, words }) {
  // Both are the calling thread's.
  const host = () => {
    throw new Error("tapeloop: a worker called the host");
  };
  const { run } = instanceOf(module, { env: { memory, host, wait: host } })?.exports ?? {};
  // Who cannot take part has not joined, and nobody waits for them.
  if (typeof run !== "function") return;
  const control = new Int32Array(memory.buffer);
  programs.set(id, (worker, workers) => {
    try {
      run(worker, workers);
    } catch {
      // Nobody may wait for this worker any longer.
      Atomics.compareExchange(control, words.failed, 0, 2);
      Atomics.add(control, words.generation, 1);
      Atomics.notify(control, words.generation);
    }
    // Ready before finished: the next call may come at once.
    Atomics.store(slot, STATE, READY);
    Atomics.add(control, words.finished, 1);
    Atomics.notify(control, words.finished);
  });
  Atomics.store(control, words.joined, 1);
}

/** Runs what is called, until nothing has been for a while. */
function serve() {
  while (Atomics.load(slot, STATE) === CALLED) {
    programs.get(Atomics.load(slot, PROGRAM))?.(Atomics.load(slot, WORKER), Atomics.load(slot, WORKERS));
    for (let i = 0; i < SPINS && Atomics.load(slot, STATE) === READY; i++);
    Atomics.wait(slot, STATE, READY, LINGER);
    Atomics.compareExchange(slot, STATE, READY, LISTENING);
  }
}

/** @param {Message} message */
function hear(message) {
  switch (message.kind) {
    case "start":
      slot = message.slot;
      break;
    case "join":
      join(message);
      break;
    case "leave":
      programs.delete(message.id);
      break;
    case "wake":
      serve();
  }
}

if (threads?.parentPort) threads.parentPort.on("message", hear);
else globalThis.addEventListener("message", ({ data }) => hear(data));
