import { beforeAll, expect, it } from "vitest";
import { build } from "../../scripts/lib/build.mjs";
import { describeInChromium } from "./chromium.js";
import checking from "./pages/checking.js";
import rendering from "./pages/rendering.js";
import { bundled, isolation, mapped } from "./sites.js";

const learnt = { executors: ["webassembly", "webassembly"], different: 0, learns: true };
const alone =
  "there is no shared memory here (a page has it when it is cross-origin isolated: served with " +
  "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)";

describeInChromium("the built packages in a browser, under a strict content security policy", (open) => {
  beforeAll(() => build());

  it("train on two threads where the page is isolated, with the bits of one", async () => {
    const page = await open(await mapped("training", isolation));
    expect(await page.result()).toMatchObject({
      ...learnt,
      isolated: true,
      threads: { count: 2, started: 2, reason: null },
    });
    expect(page.errors).toEqual([]);
    // The policy is in force.
    await expect(page.page.addScriptTag({ content: "0" })).rejects.toThrow(/Content Security Policy/i);
  });

  it("train on one thread where it is not, and say why", async () => {
    const page = await open(await mapped("training", {}));
    expect(await page.result()).toMatchObject({
      ...learnt,
      isolated: false,
      threads: { count: 1, started: 1, reason: alone },
    });
    expect(page.errors).toEqual([]);
  });

  it("train on two threads as Vite bundles them: the worker's script is found", async () => {
    const page = await open(await bundled("training", isolation));
    expect(await page.result()).toMatchObject({ ...learnt, threads: { count: 2, started: 2, reason: null } });
    expect(page.errors).toEqual([]);
  });

  it("train on two threads in a worker of the page's own, which may sleep", async () => {
    const page = await open(await bundled("training-in-worker", isolation));
    expect(await page.result()).toMatchObject({
      ...learnt,
      isolated: true,
      threads: { count: 2, started: 2, reason: null },
    });
    expect(page.errors).toEqual([]);
  });

  it("give up a worker that was terminated, and go on with another one", { timeout: 120_000 }, async () => {
    const page = await open(await bundled("loss-in-worker", isolation));
    const lost = /^TraceError: compile: a worker failed: nothing was heard of it for 3[01] s .*; call again/;
    const outcomes = [2, "right", expect.stringMatching(lost), "right", 2, "right"] as const;
    expect(await page.result()).toEqual(outcomes);
  });

  it("make pictures as Vite bundles them, and stop when the time is up", async () => {
    const page = await open(await bundled("rendering", {}));
    const { svg, late, png } = await rendering();
    expect(await page.result()).toEqual({
      svg,
      late,
      png: expect.stringContaining("in Node only") as string,
    });
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(late).toMatch(/^RenderTimeError: /);
    expect(png).toBe("made");
    expect(page.errors).toEqual([]);
  });

  it("measure where time goes by the coarse clock of a page that is not isolated", async () => {
    const page = await open(await mapped("profiling", {}));
    const found = { executor: "webassembly", longest: "product", isShared: true, isDrawn: true };
    expect(await page.result()).toEqual(found);
    expect(page.errors).toEqual([]);
  });

  it("check gradients and draw, as in Node", async () => {
    const page = await open(await mapped("checking", isolation));
    expect(await page.result()).toEqual(checking());
    expect(checking().verdict).toBe("pass");
    expect(checking().dot).toMatch(/^digraph /);
    expect(page.errors).toEqual([]);
  });
});
