import { renderPng, renderSvg } from "@tapeloop/dot/render";

const endless = Array.from({ length: 9000 }, (_, i) => `${i % 97} -> ${(i * 31) % 89};`).join("");

/** Makes pictures, and one that takes too long. */
export default async function rendering() {
  const svg = await renderSvg('digraph { a -> b [label="σ"] }');
  const late = await renderSvg(`digraph { ${endless} }`, { timeLimit: 500 }).catch(String);
  const png = await renderPng("digraph { a -> b }").then(() => "made", String);
  return { svg, late, png };
}
