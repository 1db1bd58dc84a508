export { renderSvg } from "./render-svg.js";
