// npm start: sets itself up, then trains, checks and reports on the example series. Options after `--` go to
// `tapeloop train`; a series of your own replaces the example: `npm start -- series.csv --column value`.
import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { root, run } from "./lib/run.mjs";

const example = ["examples/data/co2-mauna-loa.csv", "--column", "co2", "--unit", "ppm"];

await main(async () => {
  install();
  await build();
  const given = process.argv.slice(2);
  const series = given[0] === undefined || given[0].startsWith("-") ? example : [];
  const args = ["train", ...series, "--out", "out/", ...given];
  return run(process.execPath, [`${root}packages/cli/dist/main.js`, ...args]);
});
