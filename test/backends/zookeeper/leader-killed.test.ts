import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import {
  ANYONE,
  Session,
  create,
  exists,
  getChildren,
  multi,
  only,
} from '../../../src/backends/zookeeper/client/index.ts'
import { run } from '../../cli/run.ts'
import { rounds } from '../../rounds.ts'
import { describeWith } from '../../servers/with-server.ts'
import { ZooKeeperEnsemble } from '../../servers/zookeeper/ensemble.ts'

const RECORDS = rounds(5_000, 20_000)
const PART = 500
const FOLDER = '/microservices/pay'

await describeWith('zookeeper', 'a purge whose ensemble loses its leader', () => {
  it('counts what is removed, in doubt, not attempted and failed apart, each by its own key', async () => {
    await using ensemble = await ZooKeeperEnsemble.start()
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-leader-'))
    const session = new Session({
      endpoints: ensemble.members.map(({ endpoint }) => endpoint),
      chroot: '',
      tls: undefined,
      login: undefined,
      timeout: 60_000,
      patience: 60_000,
      renew: true,
    })
    for (const path of ['/microservices', FOLDER])
      await session.request(only(create(path, Buffer.from(''), { acl: ANYONE })))
    const keys = Array.from({ length: RECORDS }, (_, at) => `${FOLDER}/pay-${at}`)
    for (let at = 0; at < RECORDS; at += PART)
      await session.request(
        multi(keys.slice(at, at + PART).map((key) => create(key, Buffer.from('{"id":'), { acl: ANYONE }))),
      )
    const left = async () => (await session.request(exists(FOLDER))).answer.children
    const leader = await ensemble.leader()

    const purge = `purge pay --malformed --yes -o json --backup ${join(folder, 'backup.ndjson')} -r zookeeper://${ensemble.hosts}`
    const ended = run(purge)
    await expect.poll(left, { timeout: 120_000, interval: 5 }).toBeLessThan(RECORDS - 500)
    await leader.kill()
    const { status, stdout, stderr } = await ended

    const result: Record<string, string[]> = JSON.parse(stdout)
    const { removed = [], absent = [], changed = [], inDoubt = [], notAttempted = [], failed = [] } = result
    const all = [...removed, ...absent, ...changed, ...inDoubt, ...notAttempted, ...failed]
    expect(all.toSorted()).toEqual(keys.toSorted())
    expect([status, failed, changed]).toEqual([5, [], []])
    expect(notAttempted.length).toBeGreaterThan(0)
    expect(inDoubt.length).toBeLessThanOrEqual(PART)
    // Those that are left elect another leader first.
    const { answer } = await eventually(() => session.request(getChildren(FOLDER)), { timeout: 60_000 })
    const there = new Set(answer.map((name) => `${FOLDER}/${name}`))
    expect(removed.filter((key) => there.has(key))).toEqual([])
    expect(notAttempted.filter((key) => !there.has(key))).toEqual([])
    const told = stderr.split('\n').filter((line) => !line.startsWith('pay '))
    expect(told.length).toBeLessThan(100)
    expect(told).toContainEqual(expect.stringMatching(/^[\d,]+ records not attempted: /))
    await session.close()
    await rm(folder, { recursive: true })
  }, 180_000)
})
