import { ArgumentError, shown, type TapeNode } from "@tapeloop/core";
import { quote, visible } from "./quote.js";

/** Where a click on an operation leads; undefined for nowhere. */
export type Link = (node: TapeNode) => string | undefined;

/**
 * Whether a link, as XML has it, goes to https, or to somewhere beside the page. Entities other than `&amp;`, white space
 * (which browsers skip) and backslashes (which they take for slashes) could hide a scheme or a host, and are not allowed.
 */
export function isSafeLink(value: string): boolean {
  if (/[\s\p{Cc}\\]|&(?!amp;)/u.test(value)) return false;
  return value.startsWith("https://") || /^(?!\/\/)[^:/?#]*([/?#]|$)/.test(value);
}

/**
 * The attribute that links an operation, quoted.
 *
 * @throws ArgumentError when the link is no text, leads to anything but https or a relative address, has a character that
 *   cannot be seen, or more than 1000
 */
export function linkOf(node: TapeNode, link: Link): { readonly text: string } | undefined {
  const address: unknown = link(node);
  if (address === undefined) return undefined;
  if (
    typeof address !== "string" ||
    !isSafeLink(address.replaceAll("&", "&amp;")) ||
    visible(address) !== address
  )
    throw new ArgumentError(
      `toDot: got link ${shown(address)} for ${node.op.name}, expected an https or relative address, or undefined`,
    );
  return { text: quote(address) };
}
