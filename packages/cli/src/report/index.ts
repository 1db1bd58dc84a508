export type {
  ReportComparison,
  ReportData,
  ReportForecast,
  ReportGradcheck,
  ReportGraph,
  ReportLoss,
  ReportRun,
  ReportScore,
  ReportStateGradient,
} from "./data.js";
export { renderReport } from "./render-report.js";
