import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend, RestoreRecord } from '../../../src/backends/contract/backend.ts'
import { instanceIn, registrationAgain } from '../../../src/backends/polaris/instance.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type PolarisServer, startPolaris } from '../../servers/polaris/start.ts'
import { openAt, recordsOf } from './open.ts'

const PLAIN = {
  namespace: 'default',
  service: 'pay',
  host: '10.0.0.1',
  port: 9000,
  protocol: 'grpc',
  version: 'v1',
  weight: 100,
  metadata: { team: 'payments' },
}
const REGISTERED = {
  ...PLAIN,
  id: 'chosen-by-its-owner',
  priority: 7,
  location: { region: 'north', zone: 'n-1', campus: 'n-1-a' },
  logic_set: 'blue',
}

const bodiesOf = (records: readonly { readonly body: object }[]) => records.map(({ body }) => body)

it('keeps all that an instance was registered with, also through a backup', () => {
  const read = instanceIn({ ...REGISTERED, healthy: true, revision: 'r' })
  expect(read && registrationAgain(read)).toMatchObject(REGISTERED)
  const again = instanceIn(JSON.parse(JSON.stringify(read)))
  expect(again).toEqual(read)
})

it('adds nothing to one that was registered with nothing else', () => {
  const read = instanceIn({ ...PLAIN, priority: 0, location: { region: '', zone: '', campus: '' }, logic_set: '' })
  expect(Object.keys((read && registrationAgain(read)) ?? {}).toSorted()).toEqual(
    [...Object.keys(PLAIN), 'enableHealthCheck'].toSorted(),
  )
})

await describeWith('polaris', 'an instance with an id, a place and a priority of its own', () => {
  let server: PolarisServer
  let backend: Backend
  beforeAll(async () => {
    server = await startPolaris()
    backend = await openAt(`polaris://${server.endpoint}`)
  })
  afterAll(async () => {
    await backend[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('comes back as it was, in the place of nothing else', async () => {
    const answer = await fetch(`http://${server.endpoint}/v1/RegisterInstance`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(REGISTERED),
    })
    expect(await answer.json()).toMatchObject({ code: 200_000 })
    const before = await untilThere()
    const restored = before.map((record): RestoreRecord => ({ ...record, ttlGranted: null }))
    for await (const outcome of backend.remove(before)) expect(outcome.result).toBe('done')
    expect(await recordsOf(backend, { services: ['pay'] })).toEqual([])
    const kept: RestoreRecord[] = JSON.parse(JSON.stringify(restored))
    for await (const outcome of backend.restore?.(kept) ?? []) expect(outcome.result).toBe('done')
    expect(bodiesOf(await untilThere())).toEqual(bodiesOf(before))
  })

  /** Reads show what was written a moment later. */
  const untilThere = async () => {
    for (;;) {
      const records = await recordsOf(backend, { services: ['pay'] })
      if (records.length > 0) return records
    }
  }
})
