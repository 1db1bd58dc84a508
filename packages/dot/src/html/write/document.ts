import type { PageData } from "../page-data.js";

/** What all pages have in common: made by the build from the sources in `page/`. */
export interface PageParts {
  /** The page's program. */
  readonly script: string;
  readonly style: string;
  /** The program that lays graphs out, Graphviz included; the page runs it beside itself. */
  readonly worker: string;
  /** `sha256-…` of the two, as a policy names them. */
  readonly scriptHash: string;
  readonly styleHash: string;
}

/**
 * The page as one file. All that comes from the program stands in a block of data that no browser runs, and the page
 * writes it as text. Its policy allows its own script and style, known by their hashes, and WebAssembly; nothing is
 * loaded from anywhere.
 */
export function documentText(
  data: PageData,
  { script, style, worker, scriptHash, styleHash }: PageParts,
): string {
  const policy = [
    "default-src 'none'",
    `script-src '${scriptHash}' 'wasm-unsafe-eval'`,
    "worker-src blob:",
    `style-src '${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeText(data.title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This drawing needs JavaScript: it is laid out when it is opened.</noscript>
<!-- The layout is made by Graphviz (graphviz.org, Eclipse Public License), compiled to WebAssembly by
     @hpcc-js/wasm-graphviz (Apache License 2.0). -->
<script type="application/json" id="layout">${dataText(worker)}</script>
<script>${script}</script>
<script type="application/json" id="data">${dataText(data)}</script>
</body>
</html>
`;
}

/** JSON that cannot end the element that it stands in, nor begin a comment there. */
function dataText(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
