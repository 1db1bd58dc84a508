// npm run verify: the long form of the tests that look for false alarms of the gradient check. Takes an hour or so.
import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { runTool } from "./lib/run.mjs";

await main(async () => {
  install();
  await build();
  const env = {
    ...process.env,
    TAPELOOP_VERIFY: "full",
    TAPELOOP_SEED: process.env.TAPELOOP_SEED ?? "random",
  };
  return runTool("vitest/vitest.mjs", ["run", "test/verify", ...process.argv.slice(2)], { env });
});
