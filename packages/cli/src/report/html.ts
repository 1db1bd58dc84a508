/** Markup that is safe to put into a page as it stands; made by `html` and `trusted` only. */
class Html {
  constructor(private readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}
export type { Html };

export type HtmlValue = string | number | Html | readonly HtmlValue[] | undefined;

/** Template tag: every value put in is escaped, for text and for quoted attributes, unless it is `Html` itself. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(render)));
}

/** Declares markup safe that we wrote ourselves or checked. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function render(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "object") return value.map(render).join("");
  return escapeText(visibleText(String(value)));
}

/** Text without what cannot be seen: controls, halves of characters, marks that turn the direction of reading. */
export function visibleText(text: string): string {
  return text.replace(/\s/g, " ").replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, "\uFFFD");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
