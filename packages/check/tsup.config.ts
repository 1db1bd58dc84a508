import { library } from "../../tsup.shared.js";

export default library({
  index: "src/index.ts",
  vitest: "src/vitest.ts",
  arbitraries: "src/arbitraries/index.ts",
  bptt: "src/bptt/index.ts",
});
