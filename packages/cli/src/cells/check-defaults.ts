/** What is checked of a cell unless it is said otherwise. */
export const CHECK = {
  steps: [1, 2, 5],
  batches: [1, 3],
  order: 2,
  mode: "both",
  precision: "float64",
  maxEntries: 12,
  seed: 1,
} as const;
