import { expect, it } from 'vitest'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import type { Ground } from '../ground.ts'

const PROCESSES = 8

export function sharing(ground: () => Ground, can: Capabilities): void {
  it.runIf(can.guarded)('lets one of many that differ register, and tells the others', async () => {
    const backends = await Promise.all(Array.from({ length: PROCESSES }, () => ground().open()))
    const attempts = await Promise.allSettled(
      backends.map((backend, at) => ground().register(backend, ground().instance('i-1', { port: 9000 + 2 * at }))),
    )
    const made = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
    const refused = attempts.flatMap((attempt): unknown[] => (attempt.status === 'rejected' ? [attempt.reason] : []))
    expect(made.map((registration) => registration.action)).toEqual(['created'])
    expect(refused).toEqual(Array.from({ length: PROCESSES - 1 }, () => expect.objectContaining({ code: 'conflict' })))
    const [backend] = backends
    const stored = backend && (await ground().records(backend))
    expect(stored?.map((record) => record.revision)).toEqual(made[0]?.records.map((record) => record.revision))
  })

  it('lets all of many that agree register', async () => {
    const backends = await Promise.all(Array.from({ length: PROCESSES }, () => ground().open()))
    const instance = ground().instance('i-1')
    const made = await Promise.all(backends.map((backend) => ground().register(backend, instance)))
    const actions = made.map((registration) => registration.action)
    const [created, others] = [
      actions.filter((action) => action === 'created'),
      actions.filter((action) => action !== 'created'),
    ]
    if (can.guarded) expect(created).toHaveLength(1)
    expect(created.length).toBeGreaterThan(0)
    // Without a lease or a TTL by default there is nothing to renew.
    const always = can.lease || (can.renew && !can.ttl)
    const renewed = always ? ['renewed'] : ['renewed', 'unchanged']
    for (const action of others) expect(renewed).toContain(action)
    const [backend] = backends
    expect(backend && (await ground().names(backend))).toEqual(['sre/i-1'])
  })

  it('shows each process what the others did', async () => {
    const [one, two] = [await ground().open(), await ground().open()]
    const registration = await ground().register(one, ground().instance('i-1'))
    expect(await ground().names(two)).toEqual(['sre/i-1'])
    await registration[Symbol.asyncDispose]()
    expect(await ground().names(two)).toEqual([])
  })
}
