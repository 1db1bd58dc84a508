import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { noBrowser, startBrowser } from "./page.js";
import { serve, type Site } from "./site.js";

/** A page that has been opened. */
export interface Opened {
  readonly page: Page;
  /** What the browser has complained of so far: errors of the console, and those that nobody caught. */
  readonly errors: readonly string[];
  /** What the page's code has handed over; waits for it, and throws what the code has thrown. */
  readonly result: () => Promise<unknown>;
}

/** Opens pages, and closes them at the end of the test file. */
export type Open = (site: Site, path?: string) => Promise<Opened>;

/**
 * Tests that need a browser: Chromium, headless. They are skipped where there is none, and told how to get it; the one
 * that the environment variable TAPELOOP_CHROMIUM names must work.
 */
export function describeInChromium(title: string, tests: (open: Open) => void): void {
  if (noBrowser !== undefined) {
    const advice = noBrowser;
    console.warn(`${title}: skipped, ${advice}`);
    describe.skip(`${title} (${advice})`, () => {
      tests(() => Promise.reject(new Error(advice)));
    });
    return;
  }
  describe(title, () => {
    const ends: (() => Promise<void>)[] = [];
    const launched: { browser?: Browser } = {};
    beforeAll(async () => {
      launched.browser = await startBrowser();
    });
    afterAll(async () => {
      await launched.browser?.close();
      await Promise.all(ends.map((end) => end()));
    });
    tests(async (site, from = "/") => {
      if (launched.browser === undefined) throw new Error("the browser is opened before the first test");
      const served = await serve(site);
      ends.push(served.close);
      const page = await launched.browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      await page.goto(new URL(from, served.url).href);
      return { page, errors, result: () => served.result(errors) };
    });
  });
}
