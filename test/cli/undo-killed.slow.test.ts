import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { PATIENCE, killing, ran, sometimeIn, stored } from './killing.ts'
import { run } from './run.ts'
import { type Seed, seed } from './seed.ts'

const RECORDS = 1_200

const records: readonly Seed[] = Array.from({ length: RECORDS }, (_, at) => ({
  key: `/microservices//host-${at}`,
  value: Buffer.from(`record ${at}`),
  ...(at % 3 === 0 ? { ttl: 3600, lease: `lease-${at % 50}` } : {}),
}))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-undo-killed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const purge = (env: Record<string, string>, kill?: number) =>
  ran({ words: ['purge', '--malformed', '--yes', '-q'], env }, kill)
const undo = (env: Record<string, string>, kill?: number) => ran({ words: ['undo', '--yes', '-q'], env }, kill)

function suite(fresh: Fresh): void {
  it('lose nothing', { timeout: PATIENCE }, async () => {
    const registry = await fresh()
    // The runs of each kill are its own.
    const newPlace = async () => ({
      ROLLCALL_REGISTRY: registry,
      XDG_STATE_HOME: await mkdtemp(join(folder, 'state-')),
    })
    await seed({ env: await newPlace() }, records)
    const before = await stored(registry)
    expect(before.size).toBe(RECORDS)
    const whole = await newPlace()
    const purging = await purge(whole)
    expect((await stored(registry)).size).toBe(0)
    const undoing = await undo(whole)
    expect(await stored(registry)).toEqual(before)
    await killing(async () => {
      const env = await newPlace()
      await purge(env, sometimeIn(purging))
      const after = await stored(registry)
      for (const [key, value] of after) expect(value).toBe(before.get(key))
      await undo(env, sometimeIn(undoing))
      const undone = await run('undo --yes -q', { env })
      expect(undone, undone.stderr).toMatchObject({ status: expect.toBeOneOf([0, 1]) })
      expect(await stored(registry)).toEqual(before)
      expect(await run('undo --yes', { env })).toMatchObject({ status: 1 })
      expect(await stored(registry)).toEqual(before)
      return after.size < RECORDS
    })
  })
}

await onEmbeddedAndEtcd('a purge and its undo that are killed', suite)
