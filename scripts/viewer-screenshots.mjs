// npm run docs:viewer: takes the screenshot of docs/viewer.md again, in the Chromium that the tests use.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { importSource } from "./lib/import-source.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/run.mjs";

const modules = `
  export { lstmTape } from "./page.js";
  export { toHtml } from "@tapeloop/dot/html";
  export { noBrowser, openPage, startBrowser } from "../../test/browser/page.js";
`;

await main(async () => {
  install();
  const { lstmTape, toHtml, noBrowser, openPage, startBrowser } = await importSource(
    modules,
    `${root}docs/viewer`,
    ["playwright-core"],
  );
  if (noBrowser !== undefined) throw new Error(`docs:viewer: ${noBrowser}`);
  const folder = mkdtempSync(join(tmpdir(), "tapeloop-viewer-"));
  const browser = await startBrowser();
  try {
    const file = join(folder, "lstm.html");
    writeFileSync(file, toHtml(lstmTape(), { title: "LSTM, 100 steps, with its gradient", values: true }));
    const options = { viewport: { width: 1120, height: 640 }, reducedMotion: "reduce" };
    const { page } = await openPage(browser, pathToFileURL(file).href, options);
    await page.waitForFunction(() => performance.getEntriesByName("first-drawing").length > 0);
    await page.locator("aside .entry", { hasText: "wf" }).click();
    await page.waitForFunction(() => document.activeElement?.classList.contains("item"));
    await page.screenshot({ path: `${root}docs/viewer/lstm.png` });
    console.log("docs/viewer/lstm.png");
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
});
