import { resolve } from 'node:path'
import type { JournalWriter } from '../../client/journal/writer.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { type OptionValues, durationFlag, value } from './options.ts'

const DEFAULTS = { keep: '30d', journalSize: '256MB' } as const
const UNITS: Readonly<Record<string, number>> = { kb: 1e3, mb: 1e6, gb: 1e9 }
/** Bytes: SQLite's own pages and indexes want some. */
const LEAST_SIZE = 1e6

/** Options of the commands that write a journal. */
export const journalOptions = {
  journal: value('--journal <path>', 'keep what happens in this file, for rollcall history'),
  keep: value('--keep <duration>', `how long the journal keeps it (${DEFAULTS.keep})`),
  journalSize: value('--journal-size <size>', `how large the journal may become (${DEFAULTS.journalSize})`),
} as const

type JournalFlags = OptionValues<typeof journalOptions>

/**
 * The journal that `--journal` names, open for its one writer; undefined where none is named. The caller disposes of it.
 * @throws RollcallError `usage` for flags without one; as `openForWriting`
 */
export async function openJournal(context: Context, flags: JournalFlags): Promise<JournalWriter | undefined> {
  const bounds = boundsFrom(flags)
  if (flags.journal === undefined) return undefined
  const [{ JournalWriter: Writer }, { registryName }] = await Promise.all([
    import('../../client/journal/writer.ts'),
    import('../../client/journal/source.ts'),
  ])
  const client = await context.client()
  return await Writer.open(resolve(context.io.cwd, flags.journal), {
    ...bounds,
    registry: registryName(client.target),
    now: () => context.now(),
  })
}

/** @throws RollcallError `usage` */
export function boundsFrom({ journal, keep, journalSize }: JournalFlags): { keep: number; size: number } {
  const flag = keep === undefined ? (journalSize === undefined ? undefined : '--journal-size') : '--keep'
  if (flag !== undefined && journal === undefined)
    throw new RollcallError('usage', `${flag} is for a journal`, { hint: 'name its file with --journal' })
  const size = sizeFrom(journalSize ?? DEFAULTS.journalSize)
  return { keep: durationFlag('--keep', keep ?? DEFAULTS.keep, 1_000), size }
}

/** Bytes of `256MB`. */
function sizeFrom(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([kmg]b)$/i.exec(text) ?? []
  const size = Number(count) * (UNITS[unit.toLowerCase()] ?? Number.NaN)
  if (size >= LEAST_SIZE) return size
  const fact = Number.isNaN(size) ? 'is not a size' : 'is too small'
  throw new RollcallError('usage', `--journal-size "${text}" ${fact}`, {
    hint: 'write for example 64MB or 1GB, 1MB at least',
  })
}
