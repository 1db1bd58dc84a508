export { toHtml, type HtmlOptions } from "./html/to-html.js";
