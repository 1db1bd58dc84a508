import { setImmediate } from "node:timers/promises";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a short synchronous action that Ctrl-C and its like must not cut in two: a signal that comes meanwhile
 * is delivered again right after it, to whatever would have received it.
 */
export async function withSignalsHeld(action: () => void): Promise<void> {
  // With a listener, Node delivers a signal from its event loop: not before the action has returned.
  const held: NodeJS.Signals[] = [];
  const hold = (signal: NodeJS.Signals) => held.push(signal);
  for (const signal of SIGNALS) process.on(signal, hold);
  try {
    action();
    // Two turns, for the first may end before the loop has looked for signals.
    await setImmediate();
    await setImmediate();
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, hold);
    if (held[0] !== undefined && process.listenerCount(held[0]) === 0) process.kill(process.pid, held[0]);
  }
}
