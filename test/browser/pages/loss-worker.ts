import { compile, matmul, normal, randomKey, tanh, type Tensor } from "@tapeloop/core";

const workers: Worker[] = [];
Object.assign(globalThis, {
  Worker: class extends Worker {
    constructor(script: string | URL, options?: WorkerOptions) {
      super(script, options);
      workers.push(this);
    }
  },
});

const chain = (a: Tensor): Tensor => matmul(tanh(matmul(tanh(matmul(a, a)), a)), a);
const x = normal(randomKey(1), [256, 256]);
const expected = compile(chain)(x).toTypedArray();
const shared = compile(chain, { threads: 2 });
const { threads } = shared.explain(x);

async function start(): Promise<number> {
  for (let i = 0; i < 300 && threads.started < 2; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return threads.started;
}

/** "right", "wrong", or what is thrown. */
function outcome(): string {
  try {
    const got = shared(x).toTypedArray();
    return expected.every((value, i) => Object.is(value, got[i])) ? "right" : "wrong";
  } catch (error) {
    return String(error);
  }
}

async function lose(): Promise<void> {
  const outcomes: (string | number)[] = [await start(), outcome()];
  for (const worker of workers) worker.terminate();
  // It does not end at once.
  await new Promise((resolve) => setTimeout(resolve, 200));
  outcomes.push(outcome(), outcome(), await start(), outcome());
  postMessage(outcomes);
}
void lose();
