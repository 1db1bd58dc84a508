import type { ReportGraph } from "../data.js";
import { html, type Html } from "../html.js";

/** The cell's graph. */
export function graphSection(graph: ReportGraph, cell: string): Html {
  const svg = graph.svg.trim();
  const alternative = graph.description ?? `The graph of operations of the cell ${cell}.`;
  return html`<section aria-labelledby="graph">
    <h2 id="graph">The cell's graph</h2>
    ${
      /<svg[\s>]/.test(svg) && svg.endsWith("</svg>")
        ? html`<figure>
            ${picture(svg, alternative)}
            <figcaption>${alternative}</figcaption>
          </figure>`
        : html`<p class="nothing">The graph could not be drawn.</p>`
    }
  </section>`;
}

/** As an image the picture can run no script, follow no link and load nothing, whatever it contains. */
function picture(svg: string, alternative: string): Html {
  const source = `data:image/svg+xml;base64,${Buffer.from(svg, "utf8").toString("base64")}`;
  return html`<input type="checkbox" id="full-size" /><label for="full-size">Full size</label>
    <div class="paper" role="region" tabindex="0" aria-label="Picture of the graph">
      <img src="${source}" alt="${alternative}" />
    </div>`;
}
