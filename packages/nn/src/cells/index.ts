export { defineCell, type Cell, type CellDefinition, type CellSizes, type StepResult } from "./cell.js";
export { bidirectional, learnedState, stacked, type Both } from "./combine.js";
export { gru, type GruParams } from "./gru.js";
export { glorotUniform, orthogonal, torchUniform } from "./initializers.js";
export { lstm, type LstmParams, type LstmState } from "./lstm.js";
export { rnn, rnnCell, type HiddenState, type RnnOptions, type RnnParams } from "./rnn.js";
export { sizesOf } from "./sizes.js";
export { manyToOne, oneToMany, unroll, type OneToManyOptions, type Unrolled, type UnrollOptions } from "./unroll.js";
