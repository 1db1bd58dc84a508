import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { serve, type Site } from "./site.js";

/** Where systems keep it. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
];

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
  const named = process.env["TAPELOOP_CHROMIUM"];
  const path = named === undefined || named === "" ? PLACES.find((place) => existsSync(place)) : named;
  if (path === undefined) {
    const advice =
      "there is no Chromium here: install it (Debian: apt-get install chromium), or name one with TAPELOOP_CHROMIUM";
    console.warn(`${title}: skipped, ${advice}`);
    describe.skip(`${title} (${advice})`, () => {
      tests(() => Promise.reject(new Error(advice)));
    });
    return;
  }
  describe(title, () => {
    const ends: (() => Promise<void>)[] = [];
    const launched: { browser?: Awaited<ReturnType<typeof chromium.launch>> } = {};
    beforeAll(async () => {
      try {
        launched.browser = await chromium.launch({ executablePath: path, headless: true, args: FLAGS });
      } catch (cause) {
        const source = path === named ? "TAPELOOP_CHROMIUM names" : "this machine has";
        throw new Error(`${source} ${path}, which does not run as Chromium: ${String(cause)}`, { cause });
      }
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
