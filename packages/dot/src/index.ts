export { toDot, type DotOptions } from "./to-dot.js";
