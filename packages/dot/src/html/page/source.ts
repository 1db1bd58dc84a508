import { html } from "./dom.js";

/** A line of the program as text, or as a link that opens it in an editor; the scheme is never the program's. */
export function sourceElement(source: string, editor: boolean): HTMLElement | undefined {
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/s.exec(source) ?? [];
  if (file === undefined || line === undefined || column === undefined) return undefined;
  const text = `${file}:${line}`;
  if (!editor || !/^(\/|[A-Za-z]:[\\/])/.test(file)) return html("code", {}, text);
  const path = file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  const drive = path.replace(/^([A-Za-z])%3A/, "/$1:");
  return html("a", { href: `vscode://file${drive}:${line}:${column}` }, text);
}
