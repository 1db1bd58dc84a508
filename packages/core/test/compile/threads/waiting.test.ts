import { describe, expect, it } from "vitest";
import { awaitChange, TICK } from "../../../src/compile/threads/waiting.js";

describe.each([
  ["sleeps", true],
  ["spins", false],
] as const)("who %s until a word changes", (_, maySleep) => {
  it("looks up after every tick", () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const seen: number[] = [];
    const start = performance.now();
    awaitChange(words, 1, 0, maySleep, (ticks) => {
      seen.push(ticks);
      if (ticks === 3) words[1] = 1;
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(performance.now() - start).toBeGreaterThan(2.9 * TICK);
  });

  it("goes on at once when it has changed already", () => {
    awaitChange(new Int32Array(new SharedArrayBuffer(4)), 0, 7, maySleep, () => {
      throw new Error("looked up");
    });
  });

  it("ends waiting by throwing", () => {
    const look = (): never => {
      throw new Error("enough");
    };
    const words = new Int32Array(new SharedArrayBuffer(4));
    expect(() => {
      awaitChange(words, 0, 0, maySleep, look);
    }).toThrow("enough");
  });
});
