// npm test: sets itself up, then runs every test. Arguments go to vitest: `npm test -- packages/nn`.
import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { runTool } from "./lib/run.mjs";

await main(async () => {
  install();
  await build(); // the command line is tested as it is shipped
  return runTool("vitest/vitest.mjs", ["run", ...process.argv.slice(2)]);
});
