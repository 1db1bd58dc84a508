import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** Where systems keep it. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
];

const { TAPELOOP_CHROMIUM = "" } = process.env;
const named = TAPELOOP_CHROMIUM === "" ? undefined : TAPELOOP_CHROMIUM;

/** The Chromium to test in: the one that `TAPELOOP_CHROMIUM` names, which must work, or one in a usual place. */
const chromiumPath = named ?? PLACES.find((path) => existsSync(path));

/** Why there are no tests in a browser, and how to get them; `undefined` where there are. */
export const noBrowser =
  chromiumPath === undefined
    ? "there is no Chromium here: install it (Debian: apt-get install chromium), or name one with TAPELOOP_CHROMIUM"
    : undefined;

/** Starts Chromium, without a window. */
export async function startBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(noBrowser);
  try {
    return await chromium.launch({ executablePath: chromiumPath, headless: true, args: FLAGS });
  } catch (cause) {
    const source = chromiumPath === named ? "TAPELOOP_CHROMIUM names" : "this machine has";
    throw new Error(`${source} ${chromiumPath}, which does not run as Chromium: ${String(cause)}`, { cause });
  }
}

/** A page that was opened, and what it did that it should not. */
export interface OpenPage {
  readonly page: Page;
  /** Errors on its console, exceptions, dialogs, and addresses that it asked for besides its own. */
  readonly complaints: string[];
}

/** Opens an address in a page of its own. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (url !== address && !url.startsWith("blob:")) complaints.push(`request: ${url.slice(0, 200)}`);
  });
  await page.goto(address);
  return { page, complaints };
}
