import { isSafeLink } from "../dot/link.js";

/** Whether a value, as XML has it, may be that of an attribute. */
type Check = (value: string) => boolean;

const numbers = "[-+\\d.eE,\\s]*";
const length = /^-?\d+(?:\.\d*)?(?:e[-+]?\d+)?(?:pt|px|in|cm|mm|em|%)?$/i;
/** Names, and no functions but these, none of which loads anything. */
const color = "(?:[a-z]+\\d{0,3}|#[\\da-f]{3,8}|rgba?\\([\\d.,%\\s]*\\))";
/** Graphviz writes a hyphen as an entity. */
const name = "(?:[\\p{L}\\p{N}_:.-]|&#45;)+";
const gradient = `url\\(#${name}\\)`;
const transforms = `(?:(?:matrix|translate|scale|rotate|skewX|skewY)\\(${numbers}\\)\\s*)+`;
const words = /^[a-z]+(?:[ ,-][a-z]+)*$/;

const matching = (pattern: string, flags = "iu"): Check => {
  const whole = new RegExp(`^${pattern}$`, flags);
  return (value) => whole.test(value);
};
const isLength: Check = (value) => length.test(value);
const areNumbers = matching(numbers);
const isColor = matching(color);
const isPaint = matching(`(?:${color}|${gradient})`);
const areTransforms = matching(transforms, "u");
const areWords: Check = (value) => words.test(value);
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value);

/** What each attribute may say; others have no place in a drawing. A value that is not text for people has no entities. */
const checks = new Map<string, Check>(
  Object.entries<Check>({
    xmlns: oneOf("http://www.w3.org/2000/svg"),
    "xmlns:xlink": oneOf("http://www.w3.org/1999/xlink"),
    "xml:space": oneOf("preserve", "default"),
    version: areNumbers,
    id: matching(name),
    class: matching(`${name}(?: ${name})*`),
    "width height x y x1 y1 x2 y2 cx cy r rx ry fx fy offset font-size": isLength,
    "stroke-width opacity fill-opacity stroke-opacity stop-opacity": isLength,
    "viewBox points stroke-dasharray": areNumbers,
    d: matching("[-+\\d.,\\sMLHVCSQTAZE]*"),
    "transform gradientTransform": areTransforms,
    gradientUnits: oneOf("userSpaceOnUse", "objectBoundingBox"),
    "fill stroke": isPaint,
    "stop-color": isColor,
    "stroke-linecap text-anchor font-style font-stretch text-decoration": areWords,
    "font-weight": (value) => areWords(value) || /^\d{1,4}$/.test(value),
    "font-family": matching("[\\p{L}\\p{N} ,_-]+"),
    "baseline-shift": oneOf("sub", "super"),
  }).flatMap(([keys, check]) => keys.split(" ").map((key): [string, Check] => [key, check])),
);

/** Attributes that one kind of element alone may have. */
const ofElement = new Map<string, Check>([
  // On others it would load what it leads to.
  ["a xlink:href", isSafeLink],
  ["a xlink:title", () => true],
  // Graphviz gives gradients their colours by a style, of just this form.
  ["stop style", matching(`stop-color:${color};stop-opacity:\\d+(?:\\.\\d*)?;?`)],
]);

/** Those that may be long. A long value of another would take more memory to look through than there is. */
const long: ReadonlySet<string> = new Set(["d", "points", "xlink:href", "xlink:title"]);
const LONGEST = 1000;

/** Whether an attribute has no place in a drawing (`"key"`), or has one and says what it may not (`"value"`). */
export function problemOf(element: string, key: string, value: string): "key" | "value" | undefined {
  const check = checks.get(key) ?? ofElement.get(`${element} ${key}`);
  if (check === undefined) return "key";
  return (value.length <= LONGEST || long.has(key)) && check(value) ? undefined : "value";
}
