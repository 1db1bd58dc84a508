import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { toHtml, type HtmlOptions } from "@tapeloop/dot/html";
import { label, ones, record, scope, tanh, withSources, type Tape, type Tensor } from "@tapeloop/core";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser, openPage, startBrowser, type OpenPage } from "../../../../test/browser/page.js";
import { endless } from "../endless.js";
import { hostile } from "../hostile.js";
import { scannedLstm, unrolledLstm } from "./tapes.js";

const folder = mkdtempSync(join(tmpdir(), "tapeloop-viewer-"));
/** In milliseconds; others may use the machine. */
const PATIENCE = 10_000;
let browser: Browser | undefined;
let files = 0;

/** The tape's page, opened from a file, after its first drawing. */
async function open(
  tape: Tape,
  options: HtmlOptions = {},
  context: BrowserContextOptions = {},
): Promise<OpenPage> {
  const file = join(folder, `${files++}.html`);
  writeFileSync(file, toHtml(tape, options));
  return openFile(file, context);
}

async function openFile(file: string, context: BrowserContextOptions = {}): Promise<OpenPage> {
  const opened = await openPage(browser!, pathToFileURL(file).href, context);
  await drawn(opened.page);
  return opened;
}

const drawn = (page: Page) =>
  page.waitForFunction(() => performance.getEntriesByName("first-drawing").length > 0);
const item = (page: Page, name: string): Locator => page.locator(`.item[aria-label^="${name}"]`);
const header = (page: Page, name: string): Locator => page.locator(`.header[aria-label^="${name},"]`);
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");

if (noBrowser !== undefined) console.warn(`The viewer is not tested in a browser: ${noBrowser}.`);

describe.skipIf(noBrowser !== undefined)("the viewer in Chromium", () => {
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("opens from a file, without a complaint and without asking for anything", async () => {
    const { page, complaints } = await open(unrolledLstm(3), { title: "LSTM" });
    expect(await page.title()).toBe("LSTM");
    expect(await item(page, "f = σ").count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each([
    ["as a plain loop", () => unrolledLstm(1000)],
    ["as a loop whose steps have no names", () => unrolledLstm(1000, false)],
    ["as a scan", () => scannedLstm(1000)],
  ])("opens a thousand steps with their gradient %s as quickly as a few", async (_name, tape) => {
    const file = join(folder, `${files++}.html`);
    writeFileSync(file, toHtml(tape(), { values: true }));
    const { page, complaints } = await openFile(file);
    // It takes less than a second where nothing else runs (bench/drawing); what has to be laid out is what takes time.
    expect(
      await page.evaluate(() => performance.getEntriesByName("first-drawing")[0]!.startTime),
    ).toBeLessThan(PATIENCE);
    expect(await page.locator(".item").count()).toBeLessThan(70);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("opens and folds what is clicked, which stays where it was", async () => {
    const { page, complaints } = await open(unrolledLstm(40));
    await page.keyboard.press("0");
    const range = item(page, "t = 1 … 38");
    const middle = async (of: Locator) => {
      const { x, y, width, height } = (await of.boundingBox())!;
      return [x + width / 2, y + height / 2] as const;
    };
    const before = await middle(range);
    await range.click();
    const opened = header(page, "t = 1 … 38");
    await opened.waitFor();
    expect(await item(page, "t = 10 … 19").count()).toBe(1);
    const after = await middle(opened.locator("text"));
    expect(Math.hypot(after[0] - before[0], after[1] - before[1])).toBeLessThan(60);
    await opened.click();
    await range.waitFor();
    expect(await item(page, "t = 10 … 19").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("draws what is asked for last, even if what was asked for before takes minutes", async () => {
    const { page, complaints } = await open(unrolledLstm(40));
    await page.evaluate((dot) => {
      const post = Reflect.get(Worker.prototype, "postMessage");
      let isFirst = true;
      Worker.prototype.postMessage = function (this: Worker, message: object) {
        Reflect.apply(post, this, [isFirst ? { ...message, dot } : message]);
        isFirst = false;
      };
    }, endless);
    await page.keyboard.press("0");
    await item(page, "t = 1 … 38").click();
    await page.waitForTimeout(500);
    expect(await header(page, "t = 1 … 38").count()).toBe(0);
    const start = performance.now();
    await header(page, "t = 0").first().click();
    await header(page, "t = 1 … 38").waitFor({ timeout: PATIENCE });
    expect(performance.now() - start).toBeLessThan(PATIENCE);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("never draws more than can be read", async () => {
    const { page } = await open(unrolledLstm(40));
    for (let i = 0; i < 30; i++) {
      const folded = page.locator(".item.folded").first();
      if ((await folded.count()) === 0) break;
      const name = await folded.getAttribute("aria-label");
      await folded.focus();
      await page.keyboard.press("Enter");
      await page
        .locator(`.header[aria-label=${JSON.stringify(name)}]`)
        .first()
        .waitFor();
      expect(await page.locator(".item").count()).toBeLessThanOrEqual(300);
    }
    await page.context().close();
  });

  it("finds by operation, name, scope, shape and step, and opens what is around the hit", async () => {
    const { page, complaints } = await open(unrolledLstm(1000));
    await page.keyboard.press("/");
    await page.keyboard.type("op:tanh scope:candidate t:500");
    expect(await page.locator(".summary").textContent()).toBe("1 hit");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() =>
      document.activeElement?.getAttribute("aria-label")?.startsWith("c̃ = tanh"),
    );
    expect(await focused(page)).toBe("c̃ = tanh, operation, [2, 4], in lstm, t = 500, candidate");
    await page.keyboard.press("/");
    await page.keyboard.type("shape:[6,\u00a04]");
    expect(await page.locator(".summary").textContent()).toBe("Nothing found");
    await page.locator("#search").fill("shape:[6, 4] name:w");
    expect(await page.locator(".summary").textContent()).toBe("4 hits");
    await page.keyboard.press("Escape");
    expect(await page.locator(".popup").isHidden()).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("is walked by keys: along edges, in and out", async () => {
    const { page, complaints } = await open(unrolledLstm(2));
    await page.keyboard.press("/");
    await page.keyboard.type("op:concat t:0");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.classList.contains("item"));
    expect(await focused(page)).toContain("concat axis 1");
    await page.keyboard.press("ArrowRight");
    expect(await focused(page)).toContain("matmul");
    await page.keyboard.press("ArrowLeft");
    expect(await focused(page)).toMatch(/^(w[fico]|\[h, x\])/);
    await page.keyboard.press("Backspace");
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-expanded") === "false");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-expanded") === "true");
    await page.keyboard.press("Escape");
    expect(await page.locator("aside h2").textContent()).toContain("operations");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("has one stop of the tab key in the drawing, which is seen", async () => {
    const { page } = await open(unrolledLstm(2));
    expect(await page.locator(".view [tabindex='0']").count()).toBe(1);
    await page.locator(".view [tabindex='0']").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".view [tabindex='0']").count()).toBe(1);
    const width = await page
      .locator(".current rect")
      .first()
      .evaluate((rect) => parseFloat(getComputedStyle(rect).strokeWidth));
    expect(width).toBeGreaterThanOrEqual(4);
    await page.context().close();
  });

  it("follows a parameter from use to use", async () => {
    const { page, complaints } = await open(unrolledLstm(1000));
    await page.locator("aside .entry", { hasText: "bf" }).click();
    const bar = page.locator(".follow");
    await expect.poll(() => bar.locator("span").textContent()).toBe("Following bf: use 1 of 1,000");
    await expect.poll(() => focused(page)).toContain("t = 0, forget");
    await page.keyboard.press("n");
    await expect.poll(() => focused(page)).toContain("t = 1, forget");
    await page.keyboard.press("p");
    await page.keyboard.press("p");
    await expect.poll(() => focused(page)).toContain("t = 999, forget");
    expect(await page.locator(".item.use").count()).toBeGreaterThan(1);
    await page.keyboard.press("Escape");
    expect(await bar.isHidden()).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("says of a node what it computes, where, and its numbers", async () => {
    const tape = withSources(() =>
      record((x: Tensor) => scope("cell", () => label(tanh(x), "h")), label(ones([2, 3]), "x")),
    ).tape;
    const [x] = tape.inputs;
    const { page } = await open(tape, { values: true, gradients: new Map([[x!, ones([2, 3]).mul(NaN)]]) });
    await item(page, "h = tanh").hover();
    const tooltip = page.locator(".tooltip");
    await tooltip.waitFor();
    expect(await tooltip.locator("dl").textContent()).toMatch(
      /^formulah = tanh\(x\)value\[2, 3\]scopecellsourceviewer\.test\.ts:\d+$/,
    );
    expect(await tooltip.locator("tr", { hasText: "max" }).textContent()).toBe("max0.76159");
    await item(page, "x").click();
    const rows = page.locator("aside tbody tr");
    expect(await rows.allTextContents()).toEqual([
      "min1none finite",
      "max1none finite",
      "mean1none finite",
      "norm2.4495none finite",
      "NaN06",
      "infinite00",
    ]);
    await page.context().close();
  });

  it("links lines to an editor when asked", async () => {
    const tape = withSources(() => record((x: Tensor) => label(tanh(x), "h"), ones([2]))).tape;
    const { page } = await open(tape, { editor: "vscode" });
    await item(page, "h = tanh").click();
    expect(await page.locator("aside a").getAttribute("href")).toMatch(
      /^vscode:\/\/file\/.*viewer\.test\.ts:\d+:\d+$/,
    );
    await page.context().close();
  });

  it("shows hostile names as what they are", async () => {
    const f = (xs: readonly Tensor[]): Tensor[] =>
      xs.map((x, i) =>
        scope(hostile[i] === "" ? "empty" : (hostile[i] ?? "-"), () => label(tanh(x), hostile[i] ?? "")),
      );
    const { tape } = record(
      f,
      hostile.map((name) => label(ones([2]), name)),
    );
    const { page, complaints } = await open(tape, { title: "</title></script><script>alert(1)</script>" });
    const closed = page.locator(".item.folded");
    for (let i = 0; i < 20 && (await closed.count()) > 0; i++) {
      const number = await closed.first().getAttribute("data-item");
      await closed.first().focus();
      await page.keyboard.press("Enter");
      await page.locator(`.header[data-item="${number}"]`).waitFor();
    }
    await page.keyboard.press("/");
    for (const query of ["script", "<", '"', "\\", "__proto__", "t:constructor"]) {
      await page.locator("#search").fill(query);
      expect(await page.locator("#hits *:not(li, span)").count()).toBe(0);
    }
    const strange = await page.evaluate(() => {
      const known =
        "HTML HEAD META TITLE STYLE BODY HEADER H1 DIV INPUT P UL LI SPAN BUTTON MAIN ASIDE H2 H3 DL DT DD KBD svg g rect text path SCRIPT STRONG CODE B";
      const all = [...document.querySelectorAll("*")];
      return [
        ...all.filter(({ tagName }) => !known.split(" ").includes(tagName)).map(({ tagName }) => tagName),
        ...all
          .flatMap((e) => e.getAttributeNames())
          .filter((name) => name.startsWith("on") || name === "href"),
      ];
    });
    expect(strange).toEqual([]);
    expect(await page.locator("script").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("runs no script but its own", async () => {
    const { page, complaints } = await open(unrolledLstm(2));
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'no'";
      document.body.append(script);
      document.body.insertAdjacentHTML(
        "beforeend",
        "<img src='https://example.org/x.png' onerror='document.title=1'>",
      );
    });
    await expect.poll(() => complaints.length).toBeGreaterThan(1);
    expect(await page.title()).toBe("Tape");
    await page.context().close();
  });

  it("draws in light and dark, on a narrow screen, and moves under a pointer", async () => {
    const dark = await open(
      unrolledLstm(2),
      {},
      { colorScheme: "dark", viewport: { width: 420, height: 800 } },
    );
    const colour = await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(colour).toBe("rgb(18, 23, 29)");
    const transform = () => dark.page.locator(".stage").getAttribute("transform");
    const start = await transform();
    await dark.page.mouse.move(40, 200);
    await dark.page.mouse.down();
    await dark.page.mouse.move(90, 260, { steps: 4 });
    await dark.page.mouse.up();
    const moved = await transform();
    expect(moved).not.toBe(start);
    await dark.page.mouse.wheel(0, -200);
    await expect.poll(transform).not.toBe(moved);
    expect(dark.complaints).toEqual([]);
    await dark.page.context().close();
  });
});
