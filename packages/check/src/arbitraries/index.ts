/*
 * Arbitraries for property tests with fast-check. They generate shapes, and make the values from (shape, seed): a
 * counterexample shrinks to the smallest shape that still fails and keeps its values as they are, for shrunk values
 * (zeros, ones) are special where a gradient is concerned.
 */
export { cellCase, type CellCase, type CellConstraints, type InitializableCell } from "./cell-case.js";
export { broadcastPair, broadcastShapes, shape, type ShapeConstraints } from "./shape.js";
export { broadcastTensors, tensorOf, type TensorConstraints } from "./tensor.js";
