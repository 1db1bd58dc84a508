// One contender on one problem, in a process of its own: node worker.js contender path-of-the-problem. It answers the
// requests of protocol.ts, one JSON line each, on its output; all that libraries print goes to the error output.
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { named, type Contender, type Create } from "./contenders/contender.js";
import { readProblem } from "./problem.js";
import type { Reply, Request } from "./protocol.js";
import { parametersOf } from "./workloads.js";

/** Loaded on demand: a contender pays for its own library only. */
const creators: Readonly<Record<string, () => Promise<Create>>> = {
  reference: async () => (await import("./contenders/tapeloop.js")).reference,
  "tapeloop-compiled": async () => (await import("./contenders/tapeloop.js")).compiled,
  "tapeloop-relaxed": async () => (await import("./contenders/tapeloop-native.js")).relaxed,
  "tapeloop-native": async () => (await import("./contenders/tapeloop-native.js")).native,
  "tapeloop-compiled-2": async () => (await import("./contenders/tapeloop.js")).compiledForTwo,
  "tapeloop-eager": async () => (await import("./contenders/tapeloop.js")).eager,
  hand: async () => (await import("./contenders/hand/index.js")).hand,
  "tfjs-cpu": async () => (await import("./contenders/tfjs.js")).tfjs("cpu"),
  "tfjs-wasm": async () => (await import("./contenders/tfjs.js")).tfjs("wasm"),
  "jax-js": async () => (await import("./contenders/jax-js.js")).jaxJs,
};

const [name = "", path = ""] = process.argv.slice(2);
console.log = console.info = console.warn = console.error;

try {
  const problem = readProblem(path);
  const contender = await (await named(creators, name)())(problem);
  const names = Object.keys(parametersOf(problem.workload));
  send({ ok: true });
  for await (const line of createInterface({ input: process.stdin })) {
    send(await answer(contender, names, JSON.parse(line) as Request));
  }
} catch (error) {
  send({ ok: false, error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}

async function answer(contender: Contender, names: readonly string[], request: Request): Promise<Reply> {
  if (request.do === "params") {
    const params = contender.params();
    writeFileSync(request.file, Float64Array.from(names.flatMap((key) => Array.from(named(params, key)))));
    return { ok: true };
  }
  if (request.do === "memory") return { ok: true, bytes: process.resourceUsage().maxRSS * 1024 };
  const run = request.do === "step" ? () => contender.step() : () => contender.forward();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let loss = NaN;
  for (let i = 0; i < request.times; i++) {
    const value = run();
    loss = value instanceof Promise ? await value : value;
  }
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ok: true, wall, cpu: (user + system) / 1000, loss };
}

function send(reply: Reply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
