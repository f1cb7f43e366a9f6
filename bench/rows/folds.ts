import { type Row, rollcall, times } from '../bench.ts'

/** What reads the whole registry to say something shorter, beside the full list. */
export const folds: Row = async (bench) => {
  const [list = 0, ls = 0, stats = 0, table = 0, check = 0] = await times(
    bench,
    rollcall(bench, 'ls', '--all', '-o', 'ndjson'),
    rollcall(bench, 'ls'),
    rollcall(bench, 'stats'),
    rollcall(bench, 'ls', '--all'),
    { ...rollcall(bench, 'check-keys'), statuses: [1] },
  )
  const beside = { unit: 'ms', beside: 'full list', theirs: list } as const
  return [
    { work: '`ls`, 500 services with counts', ours: ls, ...beside, most: 1 },
    { work: '`stats`', ours: stats, ...beside, most: 1 },
    { work: '`ls --all` as a table', ours: table, ...beside, most: 1 },
    { work: '`check-keys` over 100,000', ours: check, ...beside, most: 1.3 },
  ]
}
