import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RestoreRecord } from '../../../src/backends/contract/backend.ts'
import { Client } from '../../../src/client/client.ts'
import { type RunningServer, serve } from '../../../src/server/server.ts'
import { countIn } from '../bounded-child.ts'
import { patientTarget } from '../../patience.ts'

const INSTANCES = 10_000
const MEGABYTES = 48

let behind: Client
let server: RunningServer
beforeAll(async () => {
  behind = await Client.open(patientTarget('memory:'))
  for await (const { error } of behind.restore(many())) if (error) throw error
  server = await serve(behind, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await behind[Symbol.asyncDispose]()
})

it(`lists ${INSTANCES} instances in a process of ${MEGABYTES} MB`, async () => {
  expect(await countIn(import.meta.dirname, String(server.port), MEGABYTES)).toBe(INSTANCES)
}, 60_000)

it('removes as many, a hundred in a request', async () => {
  await using client = await Client.open(patientTarget(`http://127.0.0.1:${server.port}`))
  let removed = 0
  for await (const { records } of client.backend.scan({ services: ['s-0', 's-1'] }))
    for await (const { result } of client.remove(records)) if (result === 'done') removed++
  expect(removed).toBe(200)
})

/** A hundred services of a hundred instances. */
function many(): RestoreRecord[] {
  return Array.from({ length: INSTANCES }, (_, at) => {
    const [service, id] = [`s-${Math.floor(at / 100)}`, `i-${at}`]
    const value = {
      id,
      name: service,
      version: 'v1.0.0',
      metadata: { zone: 'a' },
      endpoints: [`grpc://10.0.0.1:${at + 1}`],
    }
    const body = Buffer.from(JSON.stringify(value))
    return { id: `/microservices/${service}/${id}`, service, body, ttlGranted: null }
  })
}
