import { writeFileSync } from "node:fs";
import { it } from "vitest";
import { toHtml } from "@tapeloop/dot/html";
import { scannedLstm, unrolledLstm } from "./tapes.js";
it("w", () => {
  for (const [n, f] of [
    ["u1000", () => unrolledLstm(1000)],
    ["plain1000", () => unrolledLstm(1000, false)],
    ["s1000", () => scannedLstm(1000)],
    ["u2", () => unrolledLstm(2)],
  ] as const) {
    const tape = f();
    const t = performance.now();
    const text = toHtml(tape, { title: n, values: true });
    console.log(n, tape.nodes.length, "nodes", Math.round(performance.now() - t), "ms", text.length);
    writeFileSync(`/tmp/${n}.html`, text);
  }
});
