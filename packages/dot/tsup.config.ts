import { viewerPage } from "../../scripts/lib/viewer-page.mjs";
import { library } from "../../tsup.shared.js";

export default {
  ...library({ index: "src/index.ts", html: "src/html.ts" }),
  esbuildPlugins: [viewerPage],
};
