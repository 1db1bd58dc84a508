// npm run docs:graphs: draws the diagrams of docs/graphs and the plots of docs/plots again, from the programs beside
// them.
import { writeFileSync } from "node:fs";
import { importSource } from "./lib/import-source.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/run.mjs";

const folder = `${root}docs/graphs`;

await main(async () => {
  install();
  const { diagrams, plots, render } = await importSource(
    'export * from "./diagrams.js"; export * from "./render.js"; export * from "../plots/plots.js";',
    folder,
    ["graphviz-cli", "@observablehq/plot", "linkedom"],
  );
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
