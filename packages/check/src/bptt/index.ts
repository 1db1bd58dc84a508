/**
 * Back-propagation through time, derived by hand for the RNN, the LSTM and the GRU on plain `Float64Array`s.
 * It uses no tape and imports nothing, so it can stand as an independent witness of a gradient.
 */
export { identity, relu, sigmoid, softplus, tanh, type Activation } from "./activation.js";
export { gruManyToMany, gruManyToOne } from "./gru.js";
export type {
  GruCellParams,
  GruGates,
  GruManyToOneResult,
  GruOptions,
  GruParams,
  GruResult,
  GruStep,
} from "./gru-types.js";
export { lstmManyToMany, lstmManyToOne } from "./lstm.js";
export type {
  CellGradient,
  LstmCellParams,
  LstmGates,
  LstmManyToOneResult,
  LstmOptions,
  LstmParams,
  LstmResult,
  LstmStep,
} from "./lstm-types.js";
export { fromRows, toRows, transpose, zeros, type Matrix } from "./matrix.js";
export type { Objective, Output } from "./output.js";
export { rnnManyToMany, rnnManyToOne, rnnOneToMany } from "./rnn.js";
export { rnnManyToOne2, rnnManyToOne4 } from "./rnn-literal.js";
export type {
  HiddenGradient,
  RnnCellParams,
  RnnManyToOneResult,
  RnnOptions,
  RnnParams,
  RnnResult,
  RnnStep,
} from "./rnn-types.js";
export {
  gruManyToManyRows,
  gruManyToOneRows,
  inRows,
  lstmManyToManyRows,
  lstmManyToOneRows,
  rnnManyToManyRows,
  rnnManyToOne2Rows,
  rnnManyToOne4Rows,
  rnnManyToOneRows,
  rnnOneToManyRows,
  transposeEach,
} from "./rows.js";
