import { quote } from "../input-error.js";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const GROUPED = /^[+-]?\d{1,3}(?:[,.' _\u00a0\u202f’]\d{3})+(?:[.,]\d+)?$/u;
const DECIMAL_COMMA = /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/;

/** A cell as a number, or why it is none. */
export type Reading = { readonly value: number } | { readonly problem: string };

/** Reads a plain decimal number such as `-3.5` or `1e-4`; spaces around it are allowed. */
export function readNumber(cell: string): Reading {
  const text = cell.trim();
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? { value } : { problem: `${quote(text)} is too large for a number` };
  }
  return { problem: describe(text) };
}

export function isNumber(cell: string): boolean {
  return "value" in readNumber(cell);
}

function describe(text: string): string {
  if (text === "") return "the cell is blank, expected a number";
  if (/^[+-]?(?:nan|inf(?:inity)?|∞)$/i.test(text)) return `expected a finite number, got ${quote(text)}`;
  if (DECIMAL_COMMA.test(text) && !GROUPED.test(text)) {
    return `expected a decimal point, got the comma in ${quote(text)}`;
  }
  if (GROUPED.test(text)) return `expected a number without thousands separators, got ${quote(text)}`;
  return `expected a number, got ${quote(text)}`;
}
