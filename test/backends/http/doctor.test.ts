import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import type { Identity } from '../../../src/server/authenticate.ts'
import { type RunningServer, serve } from '../../../src/server/server.ts'
import { patientTarget } from '../../patience.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'

const VIEWER: Identity = { name: 'ci', role: 'viewer', services: ['pay*'] }
const identify = (token: string) => (token === 'hushhush' ? VIEWER : undefined)

let behind: Client
let server: RunningServer
beforeAll(async () => {
  behind = await Client.open(patientTarget('memory:'))
  server = await serve(behind, { host: '127.0.0.1', port: 0, tokens: { identify, onWithdrawn: () => () => {} } })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await behind[Symbol.asyncDispose]()
})

it('says what a rollcall server is, what is behind it, and what the token stands for', async () => {
  const target = patientTarget(`http://127.0.0.1:1,127.0.0.1:${server.port}/registry`, { token: 'hushhush' })
  const found = await diagnosed(target)
  expect(errors(found)).toEqual(['127.0.0.1:1 reachable'])
  expect(said(found, 'clock version registry readiness read write')).toEqual([
    'clock ok: agrees with the clock of this machine',
    expect.stringMatching(/^version ok: rollcall \d/),
    'registry ok: serves a registry of kind local, written in layout aio under /aio/registry',
    'read ok: the token has the role viewer, for pay*',
    'write warning: the role viewer has no permission to write',
    'readiness ok: it reaches its registry',
  ])
  expect(JSON.stringify(found)).not.toContain('hushhush')
})

it('says so where a token is needed', async () => {
  const found = await diagnosed(patientTarget(`http://127.0.0.1:${server.port}`))
  expect(found).toMatchObject([{ check: 'reachable', state: 'error', code: 'unauthenticated' }])
})
