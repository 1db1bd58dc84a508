export type {
  ReportData,
  ReportForecast,
  ReportGradcheck,
  ReportGradientEntry,
  ReportGraph,
  ReportLoss,
  ReportRun,
  ReportScore,
  ReportStateGradient,
} from "./data.js";
export { renderReport } from "./render-report.js";
