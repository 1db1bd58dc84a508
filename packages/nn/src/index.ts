export * from "./data/index.js";
export * from "./io/index.js";
export * from "./losses/index.js";
export * from "./optim/index.js";
