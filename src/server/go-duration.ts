/** A span as Go prints a duration: `0s`, `12ms`, `59.5s`, `1m0s`, `3h25m10.004s`. Milliseconds in; below zero is zero. */
export function formatGoDuration(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds))
  if (whole > 0 && whole < 1000) return `${whole}ms`
  const seconds = Math.floor(whole / 1000)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = `${(whole % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}
