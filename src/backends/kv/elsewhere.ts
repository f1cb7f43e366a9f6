import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { WriteOptions } from '../contract/backend.ts'
import { exactly } from './key-range.ts'
import type { Kv } from './kv.ts'
import type { Prefix } from './prefix.ts'
import { holdsItsPlace, type Wanted } from './present.ts'
import { read } from './read.ts'
import { rawRecordOf } from './record.ts'

/**
 * Throws `conflict` where the instance lives in another place that readers without a layout look at: they would show
 * it twice, and no write could tell which is meant. A layout or a prefix that was named says which, and is not asked about.
 */
export async function refuseElsewhere(kv: Kv, wanted: Wanted, { layout, signal }: WriteOptions): Promise<void> {
  if (layout !== undefined || kv.layout !== 'auto' || kv.givenPrefix !== undefined) return
  const found = await Promise.all(otherPlaces(kv, wanted).map((place) => instanceAt(kv, wanted, place, signal)))
  const [other] = found.flatMap((each) => each ?? [])
  if (other === undefined) return
  const { name, id } = wanted.instance
  throw new RollcallError('conflict', `${name}/${id} is registered in another place already: ${other.key}`, {
    hint: `--layout ${other.layout} is for that one; --layout ${wanted.layout} registers it here as well`,
  })
}

interface Place {
  readonly prefix: Prefix
  readonly key: Uint8Array
}

/** The same key below the other prefixes, and where a record of one scheme alone would lie. */
function otherPlaces(kv: Kv, { instance, prefix }: Wanted): Place[] {
  const keyIn = (one: Prefix, below: string) => Buffer.concat([one.folder(instance.name), Buffer.from(`/${below}`)])
  const schemes = new Set((instance.endpoints ?? []).flatMap((url) => /^([^:/]+):\/\//.exec(url)?.[1] ?? []))
  const perScheme = [...schemes].map((scheme) => ({ prefix, key: keyIn(prefix, `${scheme}/${instance.id}`) }))
  const others = kv.prefixes.filter(({ text }) => text !== prefix.text)
  return [...others.map((other) => ({ prefix: other, key: keyIn(other, instance.id) })), ...perScheme]
}

/** What lies there, if it is that instance and lives. Who may not read there has nothing to narrow. */
async function instanceAt(kv: Kv, wanted: Wanted, { prefix, key }: Place, signal?: AbortSignal) {
  try {
    for await (const page of kv.store.scan(exactly(key), { signal }))
      for (const record of page.records.map((each) => rawRecordOf(prefix.locate(each)))) {
        const layout = layoutOf(kv, wanted, record)
        if (layout !== undefined) return { key: record.id, layout }
      }
  } catch (error) {
    if (!isForbidden(error)) throw error
  }
  return undefined
}

function layoutOf(kv: Kv, { instance }: Wanted, record: RawRecord): string | undefined {
  const reading = read(kv, record, kv.now())
  if (reading.is !== 'instance' || !holdsItsPlace(reading)) return undefined
  const same = reading.instance.name === instance.name && reading.instance.id === instance.id
  return same ? reading.observed.layout : undefined
}
