import { createHash } from "node:crypto";
import type { ReportData } from "./data.js";
import { html, trusted } from "./html.js";
import { forecastSection } from "./sections/forecast.js";
import { gradientSection } from "./sections/gradients.js";
import { graphSection } from "./sections/graph.js";
import { lossSection } from "./sections/loss.js";
import { footer, headerSection, resultsSection } from "./sections/summary.js";
import { STYLE } from "./style.js";

// In one piece: the policy below knows it by its hash, white space included.
const STYLE_ELEMENT = trusted(`<style>${STYLE}</style>`);

/** Allows this style sheet and pictures that are in the page; no script, no request, no form. */
const SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * Renders the report of a training as one HTML page that needs nothing beside it: no network, no script, no
 * other file. Equal data give equal bytes. Every text of the data is escaped.
 */
export function renderReport(data: ReportData): string {
  const title = `${data.model.name} forecast of ${data.run.column}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${SECURITY_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          ${headerSection(data)} ${resultsSection(data)} ${forecastSection(data)} ${lossSection(data.loss)}
          ${gradientSection(data.stateGradient, data.gradcheck)}
          ${data.graph === undefined ? undefined : graphSection(data.graph, data.run.cell)} ${footer(data)}
        </main>
      </body>
    </html> `.toString();
}
