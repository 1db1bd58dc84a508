import { formatWithOptions } from "node:util";

/** What the page that is running has printed, in lines. */
let printed: string[] = [];

export function log(...values: readonly unknown[]): void {
  const text = formatWithOptions({ colors: false }, ...values);
  printed.push(...text.split("\n").map((line) => line.trimEnd()));
}

export function takePrinted(): string[] {
  const lines = printed;
  printed = [];
  return lines;
}

export function test(_name: string, fn: () => unknown): void {
  if (fn() instanceof Promise) throw new Error("tests in pages are synchronous");
}
