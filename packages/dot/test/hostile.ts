import {
  apply,
  defineOp,
  label,
  ones,
  record,
  scan,
  scope,
  timeStep,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";

/** Names that a person would hardly give, and an attacker would. */
export const hostile: readonly string[] = [
  "",
  " ",
  '"',
  "\\",
  "\\\\",
  '\\"',
  '"]; evil [label="',
  '"} digraph { evil }//',
  "a\nb",
  "a\r\nb",
  "\\N",
  "\\G \\L \\n \\l \\r \\E \\T \\H",
  "<b>bold</b>",
  "<<b>bold</b>>",
  "<script>alert(1)</script>",
  "</text><script>alert(1)</script>",
  "</title></svg><svg onload=alert(1)>",
  "&lt;script&gt;",
  "&amp;",
  "&amp;amp;",
  "&#60;",
  "&#x3c;",
  "&nbsp;",
  "&alpha",
  "]]>",
  "<!-- -->",
  "-->",
  "<?xml?>",
  "]]><![CDATA[",
  "{a|b|<p>c}",
  "%s%n%d",
  "${1 + 1}",
  "javascript:alert(1)",
  "\u0000",
  "\u0001\u0008\u001b[31m",
  "\u007f\u0085",
  "\u2028\u2029",
  "\u202eevil\u202c",
  "\ufeff",
  "\ufffe\uffff",
  "\u{1ffff}",
  "\ud800",
  "\udc00",
  "\ud83d\ude00",
  "e\u0301",
  "日本語",
  "العربية",
  "σ ⊙ Σ − × ·",
  "digraph",
  "subgraph cluster_0 {",
  "#include",
  "// comment",
  "/* comment",
  "a/b//c/",
  "constructor",
  "__proto__",
  "x".repeat(20_000),
  '"'.repeat(5000),
  "\\".repeat(5001),
  "&".repeat(5000),
  "\u{1f600}".repeat(3000),
];

/** Those that can be the name of a scope, each after a text to call its test by. */
export const hostileNames: readonly (readonly [string, string])[] = hostile
  .filter((text) => !text.includes("/") && text !== "")
  .map((text) => [JSON.stringify(text.slice(0, 60)), text]);

/** Any text, halves of surrogate pairs included. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
);

/** A tape on which the text stands wherever a text can. */
export function tapeWith(text: string): Tape {
  const op = defineOp<readonly [Tensor]>({ name: text, shape: ([x]) => x, forward: ([x]) => x });
  const here = <T>(fn: () => T): T => (text === "" ? fn() : scope(text, fn));
  const f = (params: Record<string, Tensor>, x: Tensor): unknown =>
    here(() => {
      const given = Object.values(params).map((w) => apply(op, [w], { [text]: text }));
      const named = timeStep(0, () => label(apply(op, [x], { text }), text));
      const init = { [text]: label(ones([2]), text) };
      const [state] = scan((s: Record<string, Tensor>) => [s, here(() => apply(op, [x], {}))], init, null, {
        length: 2,
      });
      return [given, named, state];
    });
  return record(f, { [text]: ones([2]) }, label(ones([2]), text)).tape;
}
