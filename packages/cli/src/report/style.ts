/** The style sheet of a report. Colours after Okabe and Ito, which colour-blind readers can tell apart. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f5f6f8; --rule: #dcdfe4; --ink: #1a1d21; --quiet: #575e68; --link: #0b5cad;
  --truth: #8a929e; --model: #0067b1; --second: #c2570c; --third: #9b4f86; --fourth: #17795a;
  --good: #00734d; --bad: #b3261e; --warning: #fff4dd; --warning-rule: #e0a100;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --card: #1e2227; --rule: #343a42; --ink: #e8eaed; --quiet: #a3abb6; --link: #7dbcff;
    --truth: #6b7480; --model: #5cb8f5; --second: #f0983f; --third: #d58bbf; --fourth: #56c596;
    --good: #4fd1a1; --bad: #ff8a80; --warning: #33290f; --warning-rule: #b98a13;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 57rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: clamp(1.6rem, 4.5vw, 2.25rem); line-height: 1.15; letter-spacing: -0.015em; margin: 0 0 0.75rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 3rem 0 1rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.75rem 0 0.5rem; }
p { margin: 0.5rem 0; max-width: 46rem; }
a { color: var(--link); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.875em; }
pre { background: var(--card); padding: 0.75rem 1rem; border-radius: 0.5rem; white-space: pre-wrap; margin: 0.5rem 0; }
.kicker { color: var(--quiet); font-size: 0.875rem; margin: 0 0 0.5rem; }
.lead { font-size: 1.125rem; }
.warning { background: var(--warning); border-left: 4px solid var(--warning-rule); padding: 0.6rem 0.9rem; border-radius: 0.25rem; }
.nothing { color: var(--quiet); background: var(--card); border-radius: 0.5rem; padding: 1.25rem; max-width: none; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; color: var(--quiet); font-size: 0.875rem; padding-top: 0.6rem; }
th, td { text-align: left; font-weight: 400; padding: 0.5rem 1.25rem 0.5rem 0; border-bottom: 1px solid var(--rule); }
thead th { color: var(--quiet); font-size: 0.875rem; }
tbody th { min-width: 8rem; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.bar { width: 38%; padding-right: 0; }
.bar svg { display: block; fill: var(--truth); }
tr.model th { font-weight: 600; }
tr.model .bar svg { fill: var(--model); }
figure { margin: 0 0 0.25rem; }
figcaption { color: var(--quiet); font-size: 0.875rem; margin-top: 0.5rem; max-width: 46rem; }
.chart { display: block; max-width: 100%; height: auto; font-family: inherit; overflow: visible; }
.chart.narrow { display: none; }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0 0 0.25rem; padding: 0; font-size: 0.875rem; }
.key li { display: flex; align-items: center; gap: 0.5rem; }
.key svg { flex: none; }
.download { display: inline-block; font-size: 0.875rem; margin-top: 0.25rem; padding: 0.25rem 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.9rem 1.5rem; margin: 0.75rem 0; }
.card { background: var(--card); border-radius: 0.5rem; padding: 1rem 1.25rem; margin-top: 1.25rem; }
.facts dt { color: var(--quiet); font-size: 0.875rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
.paper { background: #ffffff; border: 1px solid var(--rule); border-radius: 0.5rem; padding: 1rem; margin-top: 0.5rem; overflow: auto; }
.paper img { display: block; max-width: 100%; height: auto; margin: 0 auto; color-scheme: light; }
#full-size { margin: 0 0.5rem 0 0; }
#full-size:checked ~ .paper img { max-width: none; }
label { font-size: 0.875rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 1rem; color: var(--quiet); font-size: 0.875rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
  .chart.wide { display: none; }
  .chart.narrow { display: block; width: 100%; }
  .bar { display: none; }
  .facts { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
}
@media print { main { max-width: none; } section { break-inside: avoid; } .download, #full-size, label { display: none; } }
`;
