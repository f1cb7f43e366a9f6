import { setTimeout as delay } from 'node:timers/promises'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Catalogue, Visibility } from './catalogue.ts'
import type { ChangeEach } from './change-each.ts'

/** Records named in a warning. */
const NAMED = 10

/** A change that was made, and how it is recognized. */
export interface Made<R> {
  readonly change: 'put' | 'delete' | 'status'
  readonly records: readonly R[]
  readonly isShown: (now: R | undefined, record: R) => boolean
}

/** What reads show in the end, by id, and the records that are not as they were to be after all. */
export interface Shown<R> {
  readonly now: ReadonlyMap<string, R>
  readonly failures: ReadonlyMap<string, Outcome>
}

/**
 * Waits until reads show what was changed, so that whoever reads next sees it; not for ever, since another may have written
 * something else meanwhile. @throws the signal's reason
 */
export async function waitUntilVisible<R extends RawRecord>(
  catalogue: Catalogue<R>,
  made: Made<R>,
  changes: ChangeEach,
  signal?: AbortSignal,
): Promise<Shown<R>> {
  const failures = new Map<string, Outcome>()
  const { visible } = catalogue
  if (!visible || made.records.length === 0) return { now: new Map(), failures }
  let now = await look(catalogue, visible, made, signal)
  let hidden = made.records.filter((record) => !made.isShown(now.get(record.id), record))
  const { change } = made
  if (hidden.length > 0 && catalogue.late && change !== 'status') {
    const again: R[] = []
    const outcomes = await changes.records(hidden, async (record) => {
      if (await catalogue.late?.(record, { change, now: now.get(record.id), signal })) again.push(record)
      return 'done'
    })
    for (const outcome of outcomes) if (outcome.result !== 'done') failures.set(outcome.id, outcome)
    if (again.length > 0) {
      const [before, after] = [now, await look(catalogue, visible, { ...made, records: again }, signal)]
      const asked = new Set(again.map(({ id }) => id))
      now = new Map([...[...before].filter(([id]) => !asked.has(id)), ...after])
      hidden = hidden.filter((record) => !made.isShown(now.get(record.id), record))
    }
  }
  warn(
    catalogue,
    hidden.filter(({ id }) => !failures.has(id)),
  )
  return { now, failures }
}

async function look<R extends RawRecord>(
  catalogue: Catalogue<R>,
  { within, first, most }: Visibility,
  { records, isShown }: Made<R>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, R>> {
  const end = performance.now() + within
  for (let pause = first; ; pause = Math.min(2 * pause, most)) {
    const now = await catalogue.current(records, signal)
    if (records.every((record) => isShown(now.get(record.id), record)) || performance.now() >= end) return now
    await delay(pause, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  }
}

function warn({ title, logger }: Pick<Catalogue, 'title' | 'logger'>, hidden: readonly RawRecord[]): void {
  if (hidden.length === 0) return
  const ids = hidden.slice(0, NAMED).map(({ id }) => id)
  logger.warn(`${title} took it, and its reads do not show it yet: ${ids.join(', ')}`)
}
