import { afterEach, describe, expect, it, vi } from "vitest";
import { withSignalsHeld } from "../../src/files/signals.js";

afterEach(() => vi.restoreAllMocks());

describe("a signal that arrives while files are being written", () => {
  it("is delivered again, to end the program, once they are written", async () => {
    const events: string[] = [];
    await withSignalsHeld(() => {
      process.kill(process.pid, "SIGHUP");
      const kill = vi.spyOn(process, "kill").mockImplementation((_, signal) => {
        events.push(String(signal));
        return true;
      });
      expect(kill).not.toHaveBeenCalled();
      events.push("written");
    });
    expect(events).toEqual(["written", "SIGHUP"]);
  });

  it("reaches a listener of the program's own once, after they are written", async () => {
    const events: string[] = [];
    const listener = () => events.push("heard");
    process.on("SIGHUP", listener);
    await withSignalsHeld(() => {
      process.kill(process.pid, "SIGHUP");
      events.push("written");
    });
    process.removeListener("SIGHUP", listener);
    expect(events).toEqual(["written", "heard"]);
  });

  it("leaves no listeners behind, even when the writing fails", async () => {
    const before = process.listenerCount("SIGINT");
    await expect(
      withSignalsHeld(() => {
        throw new Error("planted");
      }),
    ).rejects.toThrow("planted");
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});
