import { InvalidArgumentError } from "commander";

/** Parsers of option values. What they throw, commander prints with the option and the value. */

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${grouped(least)} to ${grouped(most)}.`);
  };
}

/** A whole number as {@link wholeNumber}, or one of some words. */
export function wholeNumberOr<const Word extends string>(
  word: Word,
  least: number,
  most: number,
): (text: string) => number | Word {
  return (text) => {
    if (text === word) return word;
    try {
      return wholeNumber(least, most)(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(`${error.message.slice(0, -1)}, or ${word}.`);
    }
  };
}

/** Whole numbers with commas between them: `1,2,5`. */
export function wholeNumbers(least: number, most: number): (text: string) => readonly number[] {
  return (text) => {
    try {
      return text.split(",").map(wholeNumber(least, most));
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      const range = `from ${grouped(least)} to ${grouped(most)}`;
      throw new InvalidArgumentError(`Expected whole numbers ${range} with commas between them.`);
    }
  };
}

/** A number above `low` and below `high`. */
export function between(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = DECIMAL.test(text.trim()) ? Number(text) : NaN;
    if (value > low && value < high) return value;
    throw new InvalidArgumentError(
      high === Infinity
        ? `Expected a number above ${low}.`
        : `Expected a number above ${low} and below ${high}.`,
    );
  };
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
