import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Reply, Request } from "./protocol.js";

/** Milliseconds that a request may take before the contender is given up. */
const PATIENCE = 20 * 60_000;

/** One thread each: what numeric libraries for Python read when they start. */
const oneThread = {
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  NPROC: "1",
  XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false",
  JAX_PLATFORMS: "cpu",
};

/** A contender's process. */
export class Client {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly replies: AsyncIterator<string>;
  private said = "";

  private constructor(program: string, args: readonly string[]) {
    this.child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...oneThread, NODE_ENV: "production" },
    });
    this.child.stderr.on("data", (text: Buffer) => (this.said = (this.said + text.toString()).slice(-2000)));
    this.child.on("error", (error) => (this.said += error.message));
    this.child.stdin.on("error", () => undefined); // a dead process shows in what it does not answer
    this.replies = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Throws when the process does not get ready. */
  static async start(program: string, args: readonly string[]): Promise<Client> {
    const client = new Client(program, args);
    await client.reply();
    return client;
  }

  async ask(request: Request): Promise<Reply> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.reply();
  }

  stop(): void {
    this.child.stdin.end();
    this.child.kill();
  }

  private async reply(): Promise<Reply> {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE);
    const next = await this.replies.next();
    clearTimeout(timer);
    if (next.done === true) throw new Error(`its process ended: ${lastLine(this.said)}`);
    const reply = JSON.parse(next.value) as Reply;
    if (!reply.ok) throw new Error(reply.error ?? "no reason given");
    return reply;
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
