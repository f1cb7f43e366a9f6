import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as rollcall from '../../../src/index.ts'
import { testRegistry } from '../../../src/testing/index.ts'

let folder: string
let client: rollcall.Client
let end: AsyncDisposable
const place = () => ({ environment: { XDG_STATE_HOME: folder } })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-undo-'))
  const server = await testRegistry()
  end = server
  client = (await server.connect()).client
  for (const [id, layout] of [
    ['a', 'aio'],
    ['b', 'aio'],
    ['k', 'kratos'],
    ['l', 'kratos'],
  ] as const)
    await client.register({ name: 'pay', id, endpoints: [`grpc://${id}:9000`] }, { layout, ttl: null })
})
afterEach(async () => {
  await end[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
const states = async () =>
  (await client.find({ service: 'pay' }))
    .map(({ instance, observed }) => `${instance.id} ${observed.status}`)
    .toSorted()
const ALL = ['a up', 'b up', 'k up', 'l up']
const found = (...ids: string[]) => client.find(ids.map((id) => ({ service: 'pay', id })))
async function newest(): Promise<rollcall.KeptRun> {
  const [kept] = (await rollcall.keptRuns(place().environment)).runs
  if (!kept) throw new Error('there is no run')
  return kept
}
async function remove(...ids: string[]): Promise<rollcall.KeptRun> {
  const guard = { maxPercent: 100, keepMin: 0 }
  const request = { entries: await found(...ids), reason: 'a test', guarded: new Set<string>(), guard }
  await rollcall.purge(client, await rollcall.planNamed(client, request), place())
  return await newest()
}
async function takeOffline(...ids: string[]): Promise<rollcall.KeptRun> {
  await rollcall.changeStatus(client, await found(...ids), 'offline', place())
  return await newest()
}
const results = (outcomes: readonly rollcall.Restored[]) => outcomes.map(({ result }) => result)
const undo = async (kept: rollcall.KeptRun) =>
  results(await all(rollcall.restore(client, await rollcall.planUndo(client, kept, place()), place())))

it('says in a dry run what would become of each record, and changes nothing', async () => {
  const kept = await remove('k', 'l')
  await client.register({ name: 'pay', id: 'l', endpoints: ['grpc://new:1'] }, { layout: 'kratos', ttl: null })
  const plan = await rollcall.planUndo(client, kept, place())
  const options = { ...place(), dryRun: true }
  expect(results(await all(rollcall.restore(client, plan, options)))).toEqual(['planned', 'changed'])
  expect(await states()).toEqual(['a up', 'b up', 'l up'])
  expect(await rollcall.runHistory(kept)).toMatchObject({ changes: 2, takenBack: 'no' })
})

it('takes a part of a plan back, and the rest later', async () => {
  const kept = await remove('k', 'l')
  const plan = await rollcall.planUndo(client, kept, place())
  const part = { ...plan, records: plan.records.filter(({ id }) => id === 'k') }
  expect(results(await all(rollcall.restore(client, part, place())))).toEqual(['done'])
  expect(await states()).toEqual(['a up', 'b up', 'k up'])
  expect((await rollcall.runHistory(kept)).takenBack).toBe('partly')
  expect(await undo(kept)).toEqual(['done'])
  expect((await rollcall.runHistory(kept)).takenBack).toBe('yes')
  expect(await states()).toEqual(ALL)
})

it('leaves what a later run has removed again, unless the file itself is put back', async () => {
  const first = await remove('k', 'l')
  expect(await undo(first)).toEqual(['done', 'done'])
  await appendFile(first.path, '{"restored":{"failed":["/microservices/pay/k","/microservices/pay/l"]}}\n')
  await remove('k')
  expect((await rollcall.planUndo(client, first, place())).records.map(({ id }) => id)).toEqual(['l'])
  expect((await rollcall.planRestore(client, first.path, place())).records.map(({ id }) => id)).toEqual(['k', 'l'])
})

it('undoes no run of another registry, whose file can be put back there all the same', async () => {
  const kept = await remove('k')
  await using other = await rollcall.connect(`file:${join(folder, 'other.db')}`)
  await expect(rollcall.planUndo(other.client, kept, place())).rejects.toMatchObject({ code: 'usage' })
  expect(results(await all(rollcall.restore(other.client, kept.path, place())))).toEqual(['done'])
  expect((await rollcall.runHistory(kept)).takenBack).toBe('no')
})

it('takes nothing offline that is protected', async () => {
  await takeOffline('a')
  await rollcall.changeStatus(client, await found('a'), 'online', place())
  const kept = await newest()
  const options = { ...place(), protected: [{ service: ['pay'] }] }
  const plan = await rollcall.planUndo(client, kept, options)
  expect(plan.records.map(({ action, id }) => `${action} ${id}`)).toEqual(['offline a'])
  await expect(all(rollcall.restore(client, plan, options))).rejects.toMatchObject({ code: 'refused' })
  expect(await states()).toEqual(ALL)
})

it('notes a status before it sets it back, so that one that was killed then does not take it for a change of others', async () => {
  const kept = await takeOffline('a', 'b')
  const before = await readFile(kept.path, 'utf8')
  const noted: string[] = []
  const setStatus = client.setStatus.bind(client)
  const spy = vi.spyOn(client, 'setStatus').mockImplementation(async (...given) => {
    noted.push((await readFile(kept.path, 'utf8')).slice(before.length))
    return await setStatus(...given)
  })
  expect(await undo(kept)).toEqual(['done', 'done'])
  spy.mockRestore()
  expect(noted.map((text) => JSON.parse(text))).toEqual([{ restored: { 'in-doubt': expect.any(Array) } }])
  expect(await states()).toEqual(ALL)
})

it('finds as they were the records that an undo had set back when it was killed, and sets the others back', async () => {
  const kept = await takeOffline('a', 'b')
  const ids = (await found('a', 'b')).flatMap(({ records }) => records.map(({ id }) => id))
  await appendFile(kept.path, `${JSON.stringify({ restored: { 'in-doubt': ids } })}\n`)
  const [a] = await found('a')
  await client.setStatus(a?.records ?? [], 'up')
  expect((await rollcall.runHistory(kept)).takenBack).toBe('no')
  expect((await undo(kept)).toSorted()).toEqual(['done', 'unchanged'])
  expect(await states()).toEqual(ALL)
  expect((await rollcall.runHistory(kept)).takenBack).toBe('yes')
})

it('leaves as it is what others have changed since', async () => {
  const kept = await takeOffline('a')
  const [a] = await found('a')
  await client.setStatus(a?.records ?? [], 'up')
  expect(await undo(kept)).toEqual(['changed'])
})

it('does not put back once more what another has taken back since the plan was made', async () => {
  const kept = await remove('k', 'l')
  const [first, second] = [
    await rollcall.planUndo(client, kept, place()),
    await rollcall.planUndo(client, kept, place()),
  ]
  expect(results(await all(rollcall.restore(client, first, place())))).toEqual(['done', 'done'])
  await all(client.remove((await found('k')).flatMap(({ records }) => records)))
  const dry = { ...place(), dryRun: true }
  expect(results(await all(rollcall.restore(client, second, dry))).toSorted()).toEqual(['absent', 'unchanged'])
  expect(results(await all(rollcall.restore(client, second, place()))).toSorted()).toEqual(['absent', 'unchanged'])
  expect(await states()).toEqual(['a up', 'b up', 'l up'])
})

it('takes nothing offline that is protected there, whatever the backup says that it is', async () => {
  await takeOffline('a')
  const online = await rollcall.changeStatus(client, await found('a'), 'online', place())
  const path = join(folder, 'edited.ndjson')
  const protection = { ...place(), protected: [{ host: ['b'] }] }
  const [b] = (await found('b')).flatMap(({ records }) => records)
  const key = Buffer.from(b?.id ?? '').toString('base64')
  const edited = (await readFile(online.kept?.backup ?? '', 'utf8'))
    .replace(/"key":"[^"]*"/, `"key":"${key}"`)
    .replace(/\{"left".*\n/, '')
    .replaceAll(/pay\/a(?=")/g, 'pay/b')
  await writeFile(path, edited)
  await expect(all(rollcall.restore(client, path, { ...protection, dryRun: true }))).rejects.toMatchObject({
    code: 'refused',
  })
  await expect(all(rollcall.restore(client, path, protection))).rejects.toMatchObject({ code: 'refused' })
  expect(await states()).toEqual(ALL)
  expect(results(await all(rollcall.restore(client, path, place())))).toEqual(['done'])
})
