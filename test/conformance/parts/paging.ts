import { expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { collect, type Ground } from '../ground.ts'

/** Keys and values are put back in batches; what is registered comes one by one. */
const MANY = { restored: 1_500, registered: 300 }

export function paging(ground: () => Ground, can: Capabilities): void {
  it('streams many records in pages of one revision, while others write; can be left, and given up by its signal', async () => {
    const [backend, other] = [await ground().open(), await ground().open()]
    const before = await fill(ground(), can)
    for await (const page of backend.scan({})) if (page.records.length > 0) break
    await expect(givenUp(backend)).rejects.toBe(GIVEN_UP)
    const seen: RawRecord[] = []
    const revisions = new Set<string | undefined>()
    let pages = 0
    for await (const page of backend.scan({})) {
      seen.push(...page.records)
      revisions.add(page.revision)
      pages += 1
      await ground().register(other, ground().instance(`new-${pages}`, { service: 'zzz', port: 9000 + 2 * pages }))
    }
    expect(pages).toBeGreaterThan(1)
    expect(seen.filter(({ service }) => service !== 'zzz').map(({ id }) => id)).toEqual(before)
    if (can.revision) {
      expect(revisions.size).toBe(1)
      expect(seen).toHaveLength(before.length)
    }
  })
}

const GIVEN_UP = new Error('given up')

/** Scans until the first records come. */
async function givenUp(backend: Backend): Promise<void> {
  const stop = new AbortController()
  for await (const page of backend.scan({}, { signal: stop.signal })) if (page.records.length > 0) stop.abort(GIVEN_UP)
}

/** Puts back so many records as one process would have registered them; their ids. */
async function fill(ground: Ground, can: Capabilities): Promise<string[]> {
  const backend = await ground.open()
  // What has to be prepared is not there by being put back.
  const restores = can.restore && !ground.registry.prepare
  const many = restores && !ground.registry.typed ? MANY.restored : MANY.registered
  const instances = Array.from({ length: many }, (_, at) => {
    const id = String(at).padStart(6, '0')
    return ground.instance(`i-${id}`, { service: `s-${id.slice(0, 4)}`, port: 9000 + 2 * at })
  })
  const records = instances.flatMap((instance) => ground.encode(backend, instance, ground.registry.unattended))
  if (restores) await collect(backend.restore?.(records.map((record) => Object.assign({ ttlGranted: null }, record))))
  else for (const instance of instances) await ground.register(backend, instance, ground.registry.unattended)
  return (await ground.records(backend)).map((record) => record.id)
}
