import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as rollcall from '../../../src/index.ts'
import { embedded } from '../clients.ts'

let folder: string
const place = () => ({ environment: { XDG_STATE_HOME: folder } })
const guard = { maxPercent: 100, keepMin: 0 }
const A = { name: 'pay', id: 'a', endpoints: ['grpc://h1:9000'] }
const FOR_EVER = { layout: 'kratos', ttl: null } as const
const here = (client: rollcall.Client) => client.find({ service: 'pay' })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-elsewhere-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

it('carries a plan out where it was made, and nowhere else', async () => {
  await using made = await embedded({ prefix: '/made' })
  await using other = await embedded({ prefix: '/other' })
  await made.register(A, FOR_EVER)
  const plan = await rollcall.planPurge(made, { reasons: { noLease: true }, guard })
  const drained = await rollcall.planDrain(made, { host: 'h1', guard })
  await expect(rollcall.purge(other, plan, place())).rejects.toMatchObject({ code: 'usage' })
  await expect(rollcall.drain(other, drained, place())).rejects.toMatchObject({ code: 'usage' })
  expect(await here(made)).toHaveLength(1)
  expect(await readdir(folder)).toEqual([])
  expect(await rollcall.purge(made, plan, place())).toMatchObject({ outcomes: [{ result: 'done' }], left: 0 })
})

it('follows a source, and keeps what is protected as it was written, whatever the source has said since', async () => {
  await using source = await embedded()
  await using target = await embedded()
  await source.register({ ...A, metadata: { tier: 'core' } }, FOR_EVER)
  const [entry] = await here(source)
  if (!entry) throw new Error('there is no instance')
  const options = { ...place(), source: 'source', ttl: null, protected: [{ selector: ['tier=core'] }] }
  const follower = new rollcall.Follower(target, options)
  expect(await follower.add([entry])).toMatchObject([{ result: 'created' }])
  const instance = rollcall.ServiceInstance.from({ ...A, endpoints: ['nowhere'] })
  const undialable = { ...entry, instance }
  expect(await follower.update(undialable, entry)).toMatchObject([{ result: { code: 'usage' } }])
  follower.lost(undialable)
  expect(await follower.remove(undialable)).toMatchObject({ outcomes: [], kept: expect.stringContaining('protected') })
  expect(await here(target)).toHaveLength(1)
})
