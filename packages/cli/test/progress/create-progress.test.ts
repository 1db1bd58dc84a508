import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createProgress } from "../../src/progress/index.js";

interface Setting {
  readonly total?: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A progress display over a pretended terminal and clock. */
function watch({ total = 60, isTTY = false, columns = 100, env = {} }: Setting = {}) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns, rows: 24 });
  const time = { ms: 0 };
  const progress = createProgress({ total, stream, env, now: () => time.ms });
  return {
    progress,
    run: (epochs: number, millisecondsEach: number) => {
      for (let epoch = 1; epoch <= epochs; epoch++) {
        time.ms += millisecondsEach;
        progress.update({ epoch, loss: 1 / epoch, validationLoss: 2 / epoch });
      }
    },
    written: () => String(stream.read() ?? ""),
  };
}

const lines = (text: string) => text.split("\n").slice(0, -1);

describe("progress that is not shown on a terminal", () => {
  it("is a plain line for the first epoch, each tenth of the way, and the last", () => {
    const { progress, run, written } = watch();
    run(60, 100);
    progress.stop();
    const shown = lines(written());
    expect(shown[0]).toBe("epoch  1/60  loss 1.000    validation 2.000    6 s left");
    expect(shown.at(-1)).toBe("epoch 60/60  loss 0.01667  validation 0.03333  0 s left");
    expect(shown.map((line) => Number(/\d+/.exec(line)))).toEqual([1, 7, 13, 19, 25, 31, 37, 43, 49, 55, 60]);
    expect(shown.join("")).not.toMatch(/[^ -~]/);
  });

  it("is a line every ten seconds when epochs are slow", () => {
    const { run, written } = watch({ total: 1000 });
    run(12, 4000);
    const epochs = lines(written()).map((line) => Number(/\d+/.exec(line)));
    expect(epochs).toEqual([1, 4, 7, 10]);
  });

  it("ends with the last epoch when training stops early", () => {
    const { progress, run, written } = watch();
    run(9, 100);
    progress.stop();
    expect(lines(written()).at(-1)).toMatch(/^epoch {2}9\/60/);
  });

  it.each([{ env: { CI: "true" } }, { env: { TERM: "dumb" } }])(
    "is also plain on a terminal with %j",
    ({ env }) => {
      const { run, written } = watch({ isTTY: true, env });
      run(1, 100);
      expect(written()).toBe("epoch  1/60  loss 1.000    validation 2.000    6 s left\n");
    },
  );
});

describe("progress on a terminal", () => {
  const terminal = { isTTY: true, env: { CI: "false", TERM: "xterm" } };

  it("is redrawn in place as one line with a bar", () => {
    const { progress, run, written } = watch(terminal);
    run(30, 100);
    progress.stop();
    const frames = stripVTControlCharacters(written()).split("\n");
    expect(frames[0]).toBe(`${"─".repeat(30)}  epoch  0/60`);
    expect(frames[1]).toMatch(/^━─{29} {2}epoch {2}1\/60 {2}loss 1\.000 {4}validation 2\.000 {4}6 s left$/);
    expect(frames.at(-2)).toBe(
      "━━━━━━━━━━━━━━━───────────────  epoch 30/60  loss 0.03333  validation 0.06667  3 s",
    );
  });

  it("leaves the terminal as it was, even if it is never stopped", () => {
    const { run, written } = watch(terminal);
    run(30, 100);
    const text = written();
    // Only frames are marked. A hidden cursor, another screen or no wrapping would outlive a crash.
    const modes = new Set(text.match(/\[\?\d+[hl]/g));
    expect([...modes]).toEqual(["[?2026h", "[?2026l"]);
    expect(text.split("[?2026h").length).toBe(text.split("[?2026l").length);
    expect(stripVTControlCharacters(text)).toMatch(/\n$/);
    expect(process.listenerCount("SIGINT")).toBe(0);
  });

  it("is not redrawn more often than the eye can follow", () => {
    const { run, written } = watch({ ...terminal, total: 10_000 });
    run(1000, 1);
    expect(written().split("epoch").length - 1).toBeLessThan(20);
  });

  it("never fills the line, whatever the width", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 1, max: 1e6 }), (columns, total) => {
        const { progress, run, written } = watch({ ...terminal, columns, total });
        run(3, 1000);
        progress.stop();
        const widths = lines(stripVTControlCharacters(written())).map((line) => line.length);
        expect(Math.max(...widths)).toBeLessThan(columns);
      }),
    );
  });

  it("tells the time left from the recent epochs, not from a slow start", () => {
    const { progress, run, written } = watch(terminal);
    run(1, 60_000);
    written();
    run(50, 1000);
    progress.update({ epoch: 51, loss: 1 });
    expect(stripVTControlCharacters(written())).toMatch(/10 s left\n$/);
  });
});

describe("a training that diverged or never began", () => {
  it("shows a loss that is not a number as such", () => {
    const { progress, written } = watch();
    progress.update({ epoch: 1, loss: NaN, validationLoss: Infinity });
    expect(written()).toMatch(/loss NaN {6}validation Infinity/);
  });

  it("shows nothing when stopped at once, and nothing after it was stopped", () => {
    for (const isTTY of [false, true]) {
      const { progress, run, written } = watch({ isTTY });
      progress.stop();
      run(3, 1);
      progress.stop();
      expect(written()).not.toMatch(/loss/);
    }
  });
});
