export { embedding, type EmbeddingParams, type EmbeddingSizes } from "./embedding.js";
export { linear, type LinearParams, type LinearSizes } from "./linear.js";
