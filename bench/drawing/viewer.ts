import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Tape } from "@tapeloop/core";
import { toHtml } from "@tapeloop/dot/html";
import { scannedLstm, unrolledLstm } from "../../packages/dot/test/html/tapes.js";
import { noBrowser, openPage, startBrowser } from "../../test/browser/page.js";

const tapes: Readonly<Record<string, () => Tape>> = {
  "as a loop, marked": () => unrolledLstm(1000),
  "as a loop": () => unrolledLstm(1000, false),
  "as a scan": () => scannedLstm(1000),
};

/**
 * Prints how long a page takes from the start of loading to its first drawing, in a headless Chromium: the least of some
 * runs, in milliseconds.
 */
export async function measureViewer(print: (line: string) => void): Promise<void> {
  if (noBrowser !== undefined) {
    print(`no page is opened: ${noBrowser}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "tapeloop-viewer-"));
  const browser = await startBrowser();
  try {
    for (const [name, make] of Object.entries(tapes)) {
      const tape = make();
      const start = performance.now();
      const text = toHtml(tape, { values: true });
      const made = performance.now() - start;
      const file = join(folder, "page.html");
      writeFileSync(file, text);
      let time = Infinity;
      for (let i = 0; i < 5; i++) {
        const { page } = await openPage(browser, pathToFileURL(file).href);
        await page.waitForFunction(() => performance.getEntriesByName("first-drawing").length > 0);
        const entries = (): number => performance.getEntriesByName("first-drawing")[0]?.startTime ?? Infinity;
        time = Math.min(time, await page.evaluate(entries));
        await page.context().close();
      }
      const size = `${(text.length / 1e6).toFixed(1)} MB, made in ${made.toFixed(0)} ms`;
      print(`an LSTM of 1,000 steps with its gradient, ${name} (${size}): opened in ${time.toFixed(0)} ms`);
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
