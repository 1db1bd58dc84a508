import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Workload } from "./workloads.js";

/** Someone who can be asked to train. */
export interface Entrant {
  readonly name: string;
  readonly title: string;
  /** A JavaScript library, or plain loops, or Python. */
  readonly kind: "ours" | "javascript" | "python";
  /** What it needs: a package of this folder, or a module of Python. Native products also need a BLAS on the machine. */
  readonly needs?: string;
  /** The cells it has, where it does not have them all. */
  readonly cells?: readonly Workload["cell"][];
}

export const BASE = "tapeloop-compiled";

export const entrants: readonly Entrant[] = [
  { name: BASE, title: "Tapeloop, compiled", kind: "ours" },
  { name: "tapeloop-relaxed", title: "Tapeloop, compiled, multiply-add", kind: "ours" },
  { name: "tapeloop-native", title: "Tapeloop, compiled, native products", kind: "ours", needs: "koffi" },
  { name: "tapeloop-compiled-2", title: "Tapeloop, compiled, two threads", kind: "ours" },
  { name: "tapeloop-eager", title: "Tapeloop, eager", kind: "ours" },
  { name: "hand", title: "hand-written JavaScript loops", kind: "javascript" },
  { name: "tfjs-cpu", title: "TensorFlow.js, cpu", kind: "javascript", needs: "@tensorflow/tfjs" },
  {
    name: "tfjs-wasm",
    title: "TensorFlow.js, wasm",
    kind: "javascript",
    needs: "@tensorflow/tfjs-backend-wasm",
  },
  { name: "jax-js", title: "jax-js, jit", kind: "javascript", needs: "@jax-js/jax" },
  { name: "torch-custom", title: "PyTorch, custom cell", kind: "python", needs: "torch" },
  {
    name: "torch-fused",
    title: "PyTorch, nn.RNN / nn.LSTM",
    kind: "python",
    needs: "torch",
    cells: ["rnn", "lstm"],
  },
  { name: "jax", title: "JAX, jit and lax.scan", kind: "python", needs: "jax" },
];

/** Where this folder is, and the Python to ask. */
export interface Place {
  readonly folder: string;
  readonly worker: string;
  readonly python: string;
}

/** The program and arguments of an entrant's process. */
export function commandOf(
  { name, kind }: Pick<Entrant, "name" | "kind">,
  problem: string,
  { folder, worker, python }: Place,
): [program: string, args: string[]] {
  return kind === "python"
    ? [python, [`${folder}python/worker.py`, name, problem]]
    : [process.execPath, [worker, name, problem]];
}

/** The versions of all that the entrants need, or undefined where it is not there. */
export function versionsOf({ folder, python }: Place): ReadonlyMap<string, string | undefined> {
  const versions = entrants.flatMap(({ kind, needs }) => {
    if (needs === undefined) return [];
    return [[needs, kind === "python" ? pythonVersion(python, needs) : nodeVersion(folder, needs)] as const];
  });
  return new Map(versions);
}

function nodeVersion(folder: string, name: string): string | undefined {
  try {
    const text = readFileSync(`${folder}node_modules/${name}/package.json`, "utf8");
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return undefined;
  }
}

function pythonVersion(python: string, name: string): string | undefined {
  const code = `import ${name}, numpy; print(${name}.__version__)`;
  const { status, stdout } = spawnSync(python, ["-c", code], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
