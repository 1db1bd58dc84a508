import { viewerPage } from "../../scripts/lib/viewer-page.mjs";
import { library } from "../../tsup.shared.js";

export default {
  ...library(
    { index: "src/index.ts", render: "src/render/index.ts", html: "src/html/index.ts" },
    // Workers are found beside the module that starts them.
    {
      scripts: {
        "graphviz-worker": "src/render/graphviz-worker.js",
        "png-worker": "src/render/png-worker.js",
      },
    },
  ),
  esbuildPlugins: [viewerPage],
};
