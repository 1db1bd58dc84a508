import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const named = process.env["TAPELOOP_CHROMIUM"];
const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The Chromium to test in: the one that `TAPELOOP_CHROMIUM` names, which must be there, or one in a usual place. */
export const chromiumPath = named ?? usual.find((path) => existsSync(path));

/** Why tests in a browser are skipped; `undefined` when they are not. */
export const noBrowser =
  chromiumPath === undefined ? "no Chromium in a usual place; TAPELOOP_CHROMIUM names one" : undefined;

const settings = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(`browser: ${noBrowser ?? ""}`);
  return chromium.launch({ executablePath: chromiumPath, args: settings, headless: true });
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
