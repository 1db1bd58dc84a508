import { parseHTML } from "linkedom";

export type Page = ReturnType<typeof openPage>;

/** Reads a rendered report as a browser would. */
export function openPage(markup: string) {
  const { document } = parseHTML(markup);
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  return {
    all,
    /** The text of all elements that match, each with its white space collapsed. */
    texts: (selector: string) =>
      all(selector).map((element) => element.textContent.replace(/\s+/g, " ").trim()),
    /** Names of all elements and of their attributes, in order: the page without any of its text. */
    skeleton: () => all("*").map((element) => [element.tagName, ...element.getAttributeNames()].join(" ")),
  };
}
