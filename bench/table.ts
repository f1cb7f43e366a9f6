/** One line of the table: a piece of work, and one thing measured beside it. */
export interface Line {
  readonly work: string
  /** What it took. */
  readonly ours: number
  readonly unit: 'ms' | 'MB' | 's'
  readonly beside: string
  readonly theirs: number
  /** What the ratio is to be at most; undefined where it is only shown. */
  readonly most?: number
  readonly note?: string
}

const HEADER = ['work', 'rollcall', 'beside it', '', 'ratio', 'to reach', '']

/** The lines as a table in Markdown. */
export function table(lines: readonly Line[]): string {
  const rows = lines.map((line) => {
    const ratio = line.ours / line.theirs
    const reached = line.most === undefined ? '' : ratio <= line.most ? 'reached' : 'missed'
    return [
      line.work,
      amount(line.ours, line.unit),
      line.beside,
      amount(line.theirs, line.unit),
      ratio.toFixed(2),
      line.most === undefined ? '' : `≤ ${line.most}`,
      [reached, line.note].filter(Boolean).join('; '),
    ]
  })
  return [HEADER, HEADER.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export function amount(value: number, unit: string): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
}
