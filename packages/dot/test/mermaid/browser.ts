import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

/** Where a Chromium may lie; `TAPELOOP_CHROMIUM` names another one. */
const places = [
  process.env["TAPELOOP_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = places.find((place) => place !== "" && existsSync(place));

/** Without a browser there are no drawings by Mermaid to look at. */
export const noBrowser = executablePath === undefined;
if (noBrowser)
  console.warn(
    "skipped: drawings by Mermaid, for there is no Chromium here (TAPELOOP_CHROMIUM may name one)",
  );

/** What Mermaid made of a text. */
export interface Drawn {
  /** Texts by the drawing's own ids of nodes. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly edges: readonly string[];
  readonly clusters: readonly string[];
  readonly title: string;
  /** Elements that no drawing needs. */
  readonly strange: readonly string[];
  readonly svg: string;
}

/** A page in which Mermaid draws, with the settings that GitHub has, as far as they are known. */
export function useMermaid(): { draw(text: string): Promise<Drawn>; page(): Page } {
  let page: Page | undefined;
  let close = (): Promise<void> => Promise.resolve();
  beforeAll(async () => {
    if (executablePath === undefined) return;
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    close = () => browser.close();
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.setContent('<!doctype html><body style="margin: 0"></body>');
    const path = createRequire(import.meta.url).resolve("mermaid/dist/mermaid.min.js");
    await page.addScriptTag({ path });
    await page.addScriptTag({ content: inPage });
  });
  afterAll(() => close());
  const here = (): Page => {
    if (page === undefined) throw new Error("there is no browser");
    return page;
  };
  return {
    page: here,
    async draw(text) {
      const drawn: unknown = await here().evaluate(`draw(${JSON.stringify(text)})`);
      return drawn as Drawn;
    },
  };
}

/** Draws a text, puts it into the page, and reads what is there. */
const inPage = `
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
window.alert = () => document.body.append(document.createElement("hacked"));
async function draw(text) {
  const { svg } = await mermaid.render("drawing", text);
  document.body.innerHTML = svg;
  const linesOf = (element) => element.innerHTML.split(/<br ?\\/?>/).map((line) => {
    const holder = document.createElement("p");
    holder.innerHTML = line;
    return holder.textContent;
  });
  const all = (selector) => [...document.querySelectorAll(selector)];
  const known = "svg,g,defs,style,marker,path,rect,polygon,circle,ellipse,line,foreignObject,div,span,p,br,text,tspan,body,filter,feDropShadow,linearGradient,stop";
  return {
    nodes: Object.fromEntries(all(".node").map((node) => [
      node.id.replace(/^drawing-/, "").replace(/^flowchart-(.*)-\\d+$/, "$1"),
      all(".node").includes(node) && node.querySelector("p") ? linesOf(node.querySelector("p")) : [],
    ])),
    edges: all(".edgeLabel p").map((p) => linesOf(p).join("\\n")),
    clusters: all(".cluster-label p").map((p) => linesOf(p).join("\\n")),
    title: all(".flowchartTitleText").map((t) => t.textContent).join(),
    strange: all("body *").filter((e) => !e.matches(known)).map((e) => e.outerHTML),
    svg,
  };
}
`;
