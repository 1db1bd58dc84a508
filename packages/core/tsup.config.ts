import { library } from "../../tsup.shared.js";

export default library(
  { index: "src/index.ts", native: "src/native/index.ts" },
  // Workers are found beside the module that starts them.
  { scripts: { worker: "src/compile/threads/worker.js" } },
);
