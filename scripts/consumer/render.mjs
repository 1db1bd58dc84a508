// Run inside a folder where the packages are installed: `node render.mjs with` or `node render.mjs without` the packages
// that pictures take.
import { renderPng, renderSvg, RenderError } from "@tapeloop/dot/render";

for (const [what, render] of Object.entries({ svg: renderSvg, png: renderPng })) {
  const made = await render("digraph { a -> b }").catch((/** @type {unknown} */ error) => error);
  if (process.argv[2] === "with" && made instanceof Error) throw new Error(`no ${what}: ${made.message}`);
  if (
    process.argv[2] === "without" &&
    !(made instanceof RenderError && /@hpcc-js.*installed/.test(made.message))
  )
    throw new Error(`${what} without its packages: got ${String(made)}, expected to be told what to install`);
}
console.log("pictures are made");
