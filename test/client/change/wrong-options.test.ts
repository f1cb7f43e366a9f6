import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as rollcall from '../../../src/index.ts'
import { testRegistry } from '../../../src/testing/index.ts'

let folder: string
let client: rollcall.Client
let end: AsyncDisposable
const place = () => ({ environment: { XDG_STATE_HOME: folder } })
const entries = () => client.find({ service: 'pay' })
const planned = async () =>
  await rollcall.planNamed(client, {
    entries: await entries(),
    reason: 'named',
    guarded: new Set(),
    guard: { maxPercent: 100, keepMin: 0 },
  })
// What TypeScript would refuse, and JavaScript does not.
const wrong = (value: unknown): never => value as never

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-wrong-'))
  const server = await testRegistry()
  end = server
  const registry = await server.connect()
  client = registry.client
  await client.register({ name: 'pay', id: 'a', endpoints: ['grpc://h1:9000'] }, { layout: 'aio' })
})
afterEach(async () => {
  await end[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function expectUntouched(): Promise<void> {
  expect((await entries()).map(({ observed }) => observed.status)).toEqual(['up'])
  expect(await readdir(folder)).toEqual([])
}

it.each(['Offline', 'down', 'purge', undefined])('takes %j neither for offline nor for online', async (word) => {
  const protection = { protected: [{ service: ['pay'] }] }
  const command = wrong(word)
  const changed = rollcall.changeStatus(client, await entries(), command, { ...place(), ...protection })
  await expect(changed).rejects.toMatchObject({ code: 'usage' })
  await expectUntouched()
})

it.each(['offline', 'online', 'sweep', null])(
  'removes nothing under the name %j, which no undo takes back',
  async (word) => {
    const command = wrong(word)
    const done = rollcall.purge(client, await planned(), { ...place(), command })
    await expect(done).rejects.toMatchObject({ code: 'usage' })
    await expectUntouched()
  },
)

it.each([0, -1, Number.NaN, '50'])('does not take %j for a rate', async (value) => {
  const rate = wrong(value)
  await expect(rollcall.purge(client, await planned(), { ...place(), rate })).rejects.toMatchObject({ code: 'usage' })
  await expectUntouched()
})

it.each(['', ' ', undefined, 5])('does not take %j for a host', async (value) => {
  await expect(rollcall.planDrain(client, { host: wrong(value) })).rejects.toMatchObject({ code: 'usage' })
})

it.each([
  { services: 'pay' },
  { services: [1] },
  { context: 5 },
  { flags: { nolease: true } },
  { flags: { noLease: 'yes' } },
  { flags: { status: 'down' } },
])('writes no plan with %j, which nobody could read again', async (options) => {
  const file = { path: join(folder, 'plan.json'), ...(options as object) }
  await expect(rollcall.writePlanFile(client, await planned(), file)).rejects.toMatchObject({ code: 'usage' })
  expect(await readdir(folder)).toEqual([])
})
