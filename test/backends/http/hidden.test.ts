import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import { type RunningServer, serve } from '../../../src/server/server.ts'
import { run } from '../../cli/run.ts'
import { tokensOf } from '../../server/ground.ts'
import { patientTarget } from '../../patience.ts'

let behind: Client
let server: RunningServer
beforeAll(async () => {
  behind = await Client.open(patientTarget('memory:'))
  await behind.register({ name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }, { ttl: 60 })
  await behind.register({ name: 'shop-a', id: 'a-1', endpoints: ['http://10.0.0.2:80'] }, { ttl: 60 })
  const tokens = tokensOf({ shop: { name: 'shop', role: 'editor', services: ['shop-*'] } })
  server = await serve(behind, { host: '127.0.0.1', port: 0, tokens, audit: () => {} })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await behind[Symbol.asyncDispose]()
})

const asShop = (line: string) =>
  run(line, { env: { ROLLCALL_REGISTRY: `http://127.0.0.1:${server.port}/registry`, ROLLCALL_TOKEN: 'shop' } })

it.each([
  'ls sre',
  'ls sr*',
  'get sre/i-1',
  'get --id i-1',
  'wait sre --gone --timeout 0s',
  'wait sre --gone --timeout 20s',
  'deregister sre/i-1 --ignore-not-found',
  'deregister --id i-1 --ignore-not-found',
  'purge sre --dry-run',
])("what a token's scope leaves out is never taken for gone: %s", async (line) => {
  const { status, stderr } = await asShop(line)
  expect({ line, status, stderr }).toMatchObject({ status: 4 })
})

it('what is in its scope is gone when it is', async () => {
  expect(await asShop('wait shop-b --gone --timeout 0s')).toMatchObject({ status: 0 })
  expect(await asShop('wait shop-a --gone --timeout 0s')).toMatchObject({ status: 1 })
})
