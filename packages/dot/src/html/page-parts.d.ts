import type { PageParts } from "./write/document.js";

/** Made by the build from the sources in `page/`; see scripts/lib/viewer-page.mjs. */
export declare const parts: PageParts;
