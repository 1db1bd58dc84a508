/*
 * The worker of compiled programs, but something may happen to it when it is called: the first word of shared memory
 * says what, the second for how many milliseconds. What happens, happens to one worker, once.
 */
import { parentPort } from "node:worker_threads";
import "../../../src/compile/threads/worker.js";

const [NOTHING, END, SLEEP, THROW] = [0, 1, 2, 3];
/** @type {Int32Array<SharedArrayBuffer>} */
let trouble;

parentPort?.on("message", (message) => {
  if (message.kind === "trouble") trouble = message.words;
});

const { Instance } = WebAssembly;
/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 */
function UnreliableInstance(module, imports) {
  const { run } = new Instance(module, imports).exports;
  if (typeof run !== "function") throw new Error("the program exports no function run");
  /** @param {readonly number[]} args */
  const unreliable = (...args) => {
    switch (Atomics.exchange(trouble, 0, NOTHING)) {
      case END:
        process.exit();
        break;
      case SLEEP:
        Atomics.wait(trouble, 2, 0, trouble[1]);
        break;
      case THROW:
        throw new Error("trouble");
    }
    run(...args);
  };
  return { exports: { run: unreliable } };
}
Object.assign(WebAssembly, { Instance: UnreliableInstance });
