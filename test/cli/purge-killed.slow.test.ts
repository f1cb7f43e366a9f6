import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readBackup } from '../../src/client/purge/backup.ts'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { PATIENCE, killing, ran, sometimeIn, stored } from './killing.ts'
import { run } from './run.ts'
import { type Seed, seed } from './seed.ts'

const RECORDS = 1_500

const records: readonly Seed[] = Array.from({ length: RECORDS }, (_, at) => ({
  key: `/microservices//host-${at}`,
  value: Buffer.concat([Buffer.from([0xff, at & 0xff]), Buffer.from(`record ${at}`)]),
  ...(at % 3 === 0 ? { ttl: 3600, lease: `lease-${at % 50}` } : {}),
}))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-killed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function keysIn(backup: string): Promise<string[]> {
  const { records: kept, tears } = await readBackup(backup)
  expect(tears).toEqual([])
  return kept.map(({ id }) => id).toSorted()
}

function suite(fresh: Fresh): void {
  it('leaves a whole backup and whole records', { timeout: PATIENCE }, async () => {
    const env = { ROLLCALL_REGISTRY: await fresh() }
    const backups = await mkdtemp(join(folder, 'backups-'))
    const purge = (backup: string, kill?: number) =>
      ran({ words: ['purge', '--malformed', '--yes', '-q', '--backup', backup], env }, kill)
    const there = () => stored(env.ROLLCALL_REGISTRY)
    await seed({ env }, records)
    const before = await there()
    expect(before.size).toBe(RECORDS)
    const whole = join(backups, 'whole.ndjson')
    const time = await purge(whole)
    expect((await there()).size).toBe(0)
    expect(await run(['restore', whole, '--yes', '-q'], { env })).toMatchObject({ status: 0 })
    await killing(async (kill) => {
      const backup = join(backups, `${kill}.ndjson`)
      await purge(backup, sometimeIn(time))
      const after = await there()
      for (const [key, value] of after) expect(value).toBe(before.get(key))
      if (after.size === RECORDS) return false
      expect(await keysIn(backup)).toEqual([...before.keys()].toSorted())
      expect(await run(['restore', backup, '--yes', '-q'], { env })).toMatchObject({ status: 0 })
      expect(await there()).toEqual(before)
      return after.size > 0
    })
  })
}

await onEmbeddedAndEtcd('a purge that is killed', suite)
