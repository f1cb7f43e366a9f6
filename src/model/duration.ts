const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `500ms`, `5s`, `2m`, `1h30m`, `7d` or `0`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g))
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0)
  return total
}

/** A span for people, in its largest unit: `12s`, `3m`, `5d`. Milliseconds in. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** How far the clock of another machine is from ours, for people: whose it is stands before it. `ahead` in milliseconds, behind when negative. */
export function skewText(ahead: number): string {
  if (ahead === 0) return 'its clock and ours agree again'
  return `its clock is ${formatDuration(Math.abs(ahead))} or more ${ahead > 0 ? 'ahead of' : 'behind'} ours`
}
