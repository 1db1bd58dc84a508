import { factorsOf, isTerm, positive, termsOf, type Expression, type Leaf, type Term } from "./expression.js";

/** How tightly a formula binds, from what needs brackets nearly everywhere to what never does. */
const levels = {
  relation: 0,
  sum: 1,
  // A sign and a sum reach as far as the next + or −.
  negative: 2,
  prefix: 2,
  product: 3,
  quotient: 3,
  dot: 4,
  postfix: 5,
  power: 5,
  index: 6,
  joined: 7,
  function: 7,
  number: 7,
  value: 7,
} as const;

/** Sums of more terms are shortened. */
const MANY = 8;

/**
 * A formula as text. Brackets stand wherever a reader could doubt: a matrix product or a quotient among elementwise
 * factors has some, although rules of precedence could do without.
 *
 * @param nameOf what a value is called
 */
export function print(expression: Expression, nameOf: (leaf: Leaf) => string): string {
  const write = (part: Expression): string => {
    if (part.kind === "value") return part.written === undefined ? nameOf(part) : write(part.written);
    return writers[part.kind](part, write, (operand, least) => {
      const bare = written(operand);
      const text = write(bare);
      return levelOf(bare) >= least ? text : `(${text})`;
    });
  };
  return write(expression);
}

type Write = (part: Expression) => string;
/** A part in brackets, unless it binds at least that tightly. */
type Group = (part: Expression, least: number) => string;

const writers: Record<Term["kind"], (whole: Term, write: Write, group: Group) => string> = {
  number: ({ text }) => text,
  sum: (whole, _write, group) => {
    const terms = termsOf(whole);
    const signed = (part: Expression): string => {
      const plain = positive(written(part));
      return plain === written(part)
        ? ` + ${group(plain, levels.prefix)}`
        : ` − ${group(plain, levels.product)}`;
    };
    const shown = terms.length > MANY ? [...terms.slice(0, 2), undefined, ...terms.slice(-1)] : terms;
    const text = shown.map((part) => (part === undefined ? " + …" : signed(part))).join("");
    return text.startsWith(" + ") ? text.slice(3) : `−${text.slice(3)}`;
  },
  negative: ({ operands }, _write, group) => `−${all(operands, (x) => group(x, levels.product))}`,
  prefix: ({ operands, text }, _write, group) =>
    `${text} ${all(operands, (x) => group(x, written(x).kind === "prefix" ? levels.prefix : levels.dot))}`,
  product: (whole, _write, group) =>
    factorsOf(whole)
      .map((factor) => group(factor, isScaled(written(factor)) ? levels.dot : levels.postfix))
      .join(" ⊙ "),
  quotient: ({ operands: [x, y] }, _write, group) => {
    const above = x && group(x, written(x).kind === "quotient" ? levels.dot : levels.product);
    return `${above ?? ""} / ${y ? group(y, levels.postfix) : ""}`;
  },
  dot: ({ operands: [x, y] }, _write, group) =>
    `${x ? group(x, levels.dot) : ""}·${y ? group(y, levels.postfix) : ""}`,
  relation: ({ operands, text }, _write, group) =>
    operands.map((x) => group(x, levels.sum)).join(` ${text} `),
  postfix: ({ operands, text }, _write, group) => `${all(operands, (x) => group(x, levels.index))}${text}`,
  power: ({ operands: [x, y] }, _write, group) =>
    `${x ? group(x, levels.index) : ""}^${y ? group(y, levels.number) : ""}`,
  index: ({ operands, text }, _write, group) => `${all(operands, (x) => group(x, levels.index))}${text}`,
  joined: ({ operands }, write) => `[${operands.map(write).join("; ")}]`,
  function: ({ operands, text }, write) => {
    const [name = "", ...settings] = text.split("|");
    return `${name}(${[...operands.map(write), ...settings].join(", ")})`;
  },
};

function all(operands: readonly Expression[], write: Write): string {
  return operands.map(write).join("");
}

/** What is seen of an expression. */
function written(expression: Expression): Expression {
  return expression.kind === "value" && expression.written !== undefined
    ? written(expression.written)
    : expression;
}

function levelOf(expression: Expression): number {
  // A number such as 1e−7 is one for itself alone.
  if (isTerm(expression, "number") && /[^\d.]/.test(expression.text)) return levels.negative;
  return levels[expression.kind];
}

/** A number times something, which may stand among factors: it is the same wherever brackets are thought. */
function isScaled(expression: Expression): boolean {
  const [first] = expression.kind === "value" ? [] : expression.operands;
  return isTerm(expression, "dot") && first !== undefined && isTerm(first, "number");
}
