/** A loss in a fixed number of digits: `0.01234`, `12.35`, `1.23e-7`, `NaN`. */
export function formatLoss(loss: number): string {
  const size = Math.abs(loss);
  if (loss === 0 || !Number.isFinite(loss)) return String(loss);
  return size >= 1e-3 && size < 1e5 ? loss.toPrecision(4) : loss.toExponential(2);
}

/** A duration in the two largest units that matter: `8 s`, `3 min 20 s`, `1 h 05 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** A bar of `width` characters, filled to `share` (0 to 1). */
export function formatBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "━".repeat(filled) + "─".repeat(width - filled);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
