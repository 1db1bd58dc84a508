// npm run docs:graphs: draws the diagrams of docs/graphs and the plots of docs/plots again, from the programs beside
// them.
import { writeFileSync } from "node:fs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/run.mjs";

const folder = `${root}docs/graphs`;
const bundle = `${root}node_modules/.cache/tapeloop/docs-graphs.mjs`;

await main(async () => {
  install();
  const { build } = await import("esbuild");
  // The packages' sources take the place of the packages, as tsconfig.json says: nothing needs to be built first.
  await build({
    stdin: {
      contents:
        'export * from "./diagrams.js"; export * from "./render.js"; export * from "../plots/plots.js";',
      resolveDir: folder,
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: bundle,
    external: ["graphviz-cli", "@observablehq/plot", "linkedom"],
    tsconfig: `${root}tsconfig.json`,
  });
  const { diagrams, plots, render } = await import(bundle);
  for (const [name, dot] of Object.entries(diagrams)) {
    const text = dot();
    writeFileSync(`${folder}/${name}.dot`, text);
    writeFileSync(`${folder}/${name}.svg`, await render(text));
    console.log(`docs/graphs/${name}.svg`);
  }
  for (const [name, svg] of Object.entries(plots)) {
    writeFileSync(`${root}docs/plots/${name}.svg`, svg());
    console.log(`docs/plots/${name}.svg`);
  }
  return 0;
});
