import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as rollcall from '../../../src/index.ts'
import { testRegistry } from '../../../src/testing/index.ts'

let folder: string
let registry: rollcall.Registry
let client: rollcall.Client
let end: AsyncDisposable
const place = () => ({ environment: { XDG_STATE_HOME: folder } })
const kept = async () => (await rollcall.keptRuns(place().environment)).runs
const states = async () =>
  (await client.find({ service: 'pay' })).map(({ instance, observed }) => `${instance.id} ${observed.status}`)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-drain-'))
  const server = await testRegistry()
  end = server
  registry = await server.connect()
  client = registry.client
  // Records of AIO hold a status, those of Kratos do not; one is on another host, and one only nearly on this one.
  for (const [id, layout, host] of [
    ['a', 'aio', 'h1'],
    ['k', 'kratos', 'H1'],
    ['other', 'kratos', 'h2'],
    ['nearly', 'kratos', 'h1.local'],
  ] as const)
    await client.register({ name: 'pay', id, endpoints: [`grpc://${host}:9000`] }, { layout, ttl: null })
})
afterEach(async () => {
  await end[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

it('drains exactly the host that is named, in one run', async () => {
  const plan = await rollcall.planDrain(client, { host: 'h1' })
  expect([plan.offline, plan.removed].map((part) => part.map(({ instance }) => instance.id))).toEqual([['a'], ['k']])
  const done = await rollcall.drain(client, plan, place())
  expect(done).toMatchObject({ left: 0, outcomes: [{ result: 'done' }, { result: 'done' }] })
  expect((await states()).toSorted()).toEqual(['a down', 'nearly up', 'other up'])
  expect(await kept()).toMatchObject([{ path: done.backup, run: { id: done.id, command: 'drain', drained: 'h1' } }])
  expect(await rollcall.planDrain(client, { host: 'h1' })).toMatchObject({ offline: [], removed: [], out: 1 })
})

it.each([
  { what: 'what is protected', options: { protected: [{ service: ['pay'] }] }, guard: undefined },
  { what: 'what a guard refuses', options: {}, guard: { maxPercent: 10, keepMin: 0 } },
])('refuses $what, and changes nothing', async ({ options, guard }) => {
  const before = await states()
  const plan = await rollcall.planDrain(client, { host: 'h1', ...(guard && { guard }) })
  await expect(rollcall.drain(client, plan, { ...place(), ...options })).rejects.toMatchObject({ code: 'refused' })
  expect(await states()).toEqual(before)
  expect(await kept()).toEqual([])
})

it('takes nothing offline that is protected, and puts it back online all the same', async () => {
  const options = { ...place(), protected: [{ service: ['pay'] }] }
  const entries = await client.find({ service: 'pay', id: 'a' })
  await expect(rollcall.changeStatus(client, entries, 'offline', options)).rejects.toMatchObject({ code: 'refused' })
  expect(await kept()).toEqual([])
  expect(await rollcall.changeStatus(client, entries, 'online', options)).toMatchObject({
    outcomes: [{ result: 'done' }],
    kept: { id: (await kept())[0]?.run.id },
  })
})

it('notes the end of a change of status that is cut off, so that another program can take it back while this one runs', async () => {
  const entries = await client.find({ service: 'pay', id: 'a' })
  const options = { ...place(), signal: AbortSignal.abort(new Error('told to stop')) }
  await expect(rollcall.changeStatus(client, entries, 'offline', options)).rejects.toThrow('told to stop')
  const [run] = await kept()
  if (!run) throw new Error('there is no backup')
  expect(await rollcall.runHistory(run)).toMatchObject({ ended: true, changes: 1 })
  const plan = await rollcall.planUndo(client, run, place())
  const results: string[] = []
  for await (const { result } of rollcall.restore(client, plan, place())) results.push(result)
  expect(results).toEqual(['unchanged'])
  expect(await states()).toContain('a up')
})
