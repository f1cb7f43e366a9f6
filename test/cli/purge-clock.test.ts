import { beforeEach, describe, expect, it } from 'vitest'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { type RunOptions, run } from './run.ts'
import { aio, kratos, seed } from './seed.ts'

const SECOND = 1000
const DAY = 86_400 * SECOND
/** AIO's TTL, of which ten without a renewal make a record dead. */
const TTL = 30 * SECOND

let registry: string
const keys = async (): Promise<string[]> =>
  (await run('ls --all -o name', at(0))).stdout.split('\n').filter((line) => line !== '')

/** A run whose clock is so many milliseconds ahead of the registry's writers. */
function at(ahead: number): RunOptions {
  return { env: { ROLLCALL_REGISTRY: registry }, now: () => Date.now() + ahead }
}

function tests(fresh: Fresh): void {
  beforeEach(async () => {
    registry = await fresh()
  })

  describe('while living processes renew their records', () => {
    beforeEach(async () => {
      const now = Date.now()
      await seed(at(0), [
        aio('mailer', 'm-1', 'up', now),
        aio('mailer', 'm-2', 'up', now - 5 * SECOND),
        aio('other', 'o-1', 'up', now - 10 * SECOND),
        aio('dead', 'd-1', 'up', now - 20 * TTL),
        aio('dead', 'd-2', 'down', now - 20 * TTL),
      ])
    })

    it.each([
      ['a day ahead', DAY],
      ['eleven TTLs ahead', 11 * TTL],
      ['an hour behind', -3600 * SECOND],
    ])('a clock %s removes nothing, by no flag but its own', async (_, ahead) => {
      for (const line of ['purge --yes', 'purge --yes --force', 'purge --status expired --yes --force']) {
        const { status, stderr } = await run(line, at(ahead))
        if (ahead < 0 && status === 0) expect(stderr).toContain('nothing to purge')
        else expect({ status, stderr }).toEqual({ status: 6, stderr: expect.stringContaining('--trust-clock') })
        expect(await keys()).toHaveLength(5)
      }
    })

    it('a clock ahead removes nothing of one service either, nor by another reason or selector', async () => {
      for (const line of [
        'purge mailer --yes',
        'purge mailer --yes --older-than 1h',
        'deregister mailer --older-than 1h --yes --force',
      ])
        expect(await run(line, at(DAY))).toMatchObject({ status: 6, stderr: expect.stringContaining('--trust-clock') })
      expect(await keys()).toHaveLength(5)
    })

    it('a right clock removes the dead alone, also where all of their service is', async () => {
      const plan = await run('purge dead --dry-run -o name', at(0))
      expect(plan).toMatchObject({ status: 0, stdout: '/aio/registry/dead/d-1\n/aio/registry/dead/d-2\n' })
      expect((await run('purge --yes', at(0))).status).toBe(0)
      expect(await keys()).toEqual(['mailer/m-1', 'mailer/m-2', 'other/o-1'])
    })
  })

  it('a registry of dead records alone is removed where the clock is known to be right', async () => {
    await seed(at(0), [aio('dead', 'd-1', 'up', Date.now() - DAY), kratos('pay', 'p-1')])
    const refused = await run('purge --yes', at(0))
    expect(refused).toMatchObject({ status: 6, stderr: expect.stringContaining('--trust-clock') })
    expect((await run('purge --yes --trust-clock', at(0))).status).toBe(0)
    expect(await keys()).toEqual(['pay/p-1'])
  })

  it('one renewal that lies in the future makes every time doubtful', async () => {
    const now = Date.now()
    await seed(at(0), [
      aio('ahead', 'a-1', 'up', now + 3600 * SECOND),
      aio('well', 'w-1', 'up', now),
      aio('dead', 'd-1', 'up', now - DAY),
    ])
    const refused = await run('purge dead --yes', at(0))
    expect(refused).toMatchObject({ status: 6, stderr: expect.stringContaining('in the future') })
    expect((await run('purge dead --yes --trust-clock', at(0))).status).toBe(0)
  })

  it('what an operator took offline a moment ago is not dead', async () => {
    await seed(at(0), [aio('notify', 'notify-1', 'up', Date.now()), aio('notify', 'notify-2', 'up', Date.now())])
    expect((await run('offline notify/notify-1', at(0))).status).toBe(0)
    const plan = await run('purge --dry-run -o name', at(3 * SECOND))
    expect(plan).toMatchObject({ status: 0, stdout: '' })
    const later = await run('purge --dry-run --trust-clock -o name', at(11 * TTL))
    expect(later.stdout).toContain('/aio/registry/notify/notify-1')
  })
}

await onEmbeddedAndEtcd('a purge by a wrong clock', tests)
