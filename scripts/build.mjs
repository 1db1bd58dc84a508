import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";

await main(async () => {
  install();
  await build({ force: true });
  return 0;
});
