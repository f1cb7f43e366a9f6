import { setTimeout as delay } from 'node:timers/promises'
import type { RawRecord } from '../../model/record.ts'
import { familyOf } from './service-group.ts'
import type { Polaris } from './api.ts'
import { placeOf } from './record.ts'

/** Milliseconds. Polaris answers reads from a cache that it refreshes every second; a loaded one may need longer. */
const PATIENCE = 5_000
const INTERVAL = 200

/** What lies now in the services of some records, by id. */
export async function current(
  polaris: Polaris,
  records: readonly Pick<RawRecord, 'id'>[],
  signal?: AbortSignal,
): Promise<Map<string, RawRecord>> {
  const places = new Map(records.map(({ id }) => [id.slice(0, id.lastIndexOf('/')), placeOf(id)]))
  const services = [...places.values()].filter((place) => place !== undefined)
  // Whatever is asked for by its id is meant, in whichever layout it is written.
  const found = await familyOf({ ...polaris, layout: 'auto' }, services, signal)
  return new Map(found.map((record) => [record.id, record]))
}

/**
 * Waits until reads show what was written, so that whoever reads next sees it: for at most so many milliseconds,
 * because another may have written something else meanwhile. Returns what is shown then.
 */
export async function settled(
  polaris: Polaris,
  records: readonly RawRecord[],
  isShown: (now: RawRecord | undefined, written: RawRecord) => boolean,
  patience = PATIENCE,
): Promise<Map<string, RawRecord>> {
  const end = performance.now() + patience
  for (;;) {
    const shown = await current(polaris, records)
    if (records.every((record) => isShown(shown.get(record.id), record))) return shown
    if (performance.now() >= end) {
      if (patience === PATIENCE)
        tellLate(
          polaris,
          records.filter((record) => !isShown(shown.get(record.id), record)),
        )
      return shown
    }
    await delay(INTERVAL)
  }
}

function tellLate({ logger }: Polaris, late: readonly RawRecord[]): void {
  const ids = late.slice(0, 10).map(({ id }) => id)
  logger.warn(`polaris took it, and its reads do not show it yet: ${ids.join(', ')}`)
}
