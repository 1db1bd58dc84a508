export { embedding, linear, type EmbeddingParams, type LinearParams } from "./linear.js";
