import { describe, expect, it } from 'vitest'
import { diagnosesOf } from '../../../src/backends/contract/diagnose.ts'
import {
  type ServerReport,
  reportIn,
  serverDiagnoses,
  serversDiagnoses,
} from '../../../src/backends/zookeeper/doctor-server.ts'
import { Client } from '../../../src/client/client.ts'
import { describeWith } from '../../servers/with-server.ts'
import { ZooKeeperEnsemble } from '../../servers/zookeeper/ensemble.ts'
import { startZooKeeper } from '../../servers/zookeeper/start.ts'
import { patientTarget } from '../../patience.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'

await describeWith('zookeeper', 'doctor on ZooKeeper', () => {
  it('says what a server is, what waits and who is connected', async () => {
    await using server = await startZooKeeper()
    const found = await diagnosed(patientTarget(`zookeeper://127.0.0.1:1,${server.endpoint}`))
    expect(errors(found)).toEqual(['127.0.0.1:1 reachable'])
    expect(said(found, 'version role requests sessions', server.endpoint)).toEqual([
      expect.stringMatching(/^version ok: ZooKeeper 3\./),
      'role ok: is standalone',
      expect.stringMatching(/^requests ok: \d+ requests? waits?$/),
      expect.stringMatching(/^sessions ok: .*\d+ connected to this server, 0 ephemeral nodes$/),
    ])
    expect(said(found, 'read write')).toEqual([
      'read ok: has permission to read /, since there is no /microservices yet',
      'write ok: has permission to create nodes in /, since there is no /microservices yet',
    ])
  })

  it('says so where a word is not allowed', async () => {
    await using server = await startZooKeeper({ config: ['4lw.commands.whitelist=srvr'] })
    const found = await diagnosed(patientTarget(`zookeeper://${server.endpoint}`))
    expect(errors(found)).toEqual([])
    expect(found.find(({ check }) => check === 'sessions')).toMatchObject({
      state: 'unknown',
      fact: 'the server does not answer mntr: it is not in its 4lw.commands.whitelist',
      fix: 'add it to zoo.cfg: 4lw.commands.whitelist=srvr, mntr',
    })
  })

  it('says what a user has permission to do, by the ACL', async () => {
    await using server = await startZooKeeper()
    const url = `zookeeper://${server.endpoint}`
    const alice = { user: 'alice', password: 'hushhush' }
    await using client = await Client.open(patientTarget(url, alice))
    await using kept = await client.keepAlive({ name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] })
    expect(kept.registration.action).toBe('created')
    const as = async (settings: object) => {
      const found = await diagnosed(patientTarget(url, settings))
      expect(JSON.stringify(found)).not.toContain('hushhush')
      return said(found, 'read write')
    }
    expect(await as(alice)).toEqual([
      'read ok: has permission to read /microservices',
      'write ok: has permission to create nodes in /microservices',
    ])
    expect(await as({})).toEqual([
      'read error: has no permission to read /microservices',
      expect.stringMatching(/^write (warning|unknown): /),
    ])
  })

  it('says so where there is no such root', async () => {
    await using server = await startZooKeeper()
    const found = await diagnosed(patientTarget(`zookeeper://${server.endpoint}/nowhere`))
    expect(said(found, 'namespace read')).toEqual([expect.stringMatching(/^namespace error: .*\/nowhere/)])
  })

  it('compares the servers of an ensemble, and sees one that has lost the others', async () => {
    await using ensemble = await ZooKeeperEnsemble.start()
    const target = patientTarget(`zookeeper://${ensemble.hosts}`, { requestTimeout: 5_000 })
    const found = await diagnosed(target)
    expect(errors(found)).toEqual([])
    const leader = await ensemble.leader()
    expect(said(found, 'members')).toEqual([`members ok: 3 servers, led by ${leader.endpoint}`])
    const [one, ...others] = ensemble.members
    await Promise.all(others.map((member) => member.kill()))
    await expect
      .poll(async () => said(await diagnosed(target), 'role'))
      .toEqual(['role error: does not serve: it belongs to no quorum'])
    expect(errors(await diagnosed(target))).toContain(`${one?.endpoint} reachable`)
  })
})

describe('what servers of ZooKeeper say', () => {
  const about = diagnosesOf('zookeeper://a:1,b:1')

  it('of one that is read-only, and of one where much waits', () => {
    expect(said(serverDiagnoses(report('a:1', srvr('read-only', '0x0'))), 'role')).toEqual([
      'role error: is read-only: it is cut off from its quorum',
    ])
    expect(said(serverDiagnoses(report('a:1', srvr('leader', '0x0', 50))), 'requests')).toEqual([
      'requests warning: 50 requests wait',
    ])
  })

  it('of those that are not one ensemble, and of one that is behind', () => {
    const alone = [report('a:1', srvr('standalone', '0x1')), report('b:1', srvr('standalone', '0x1'))]
    expect(errors(serversDiagnoses(about, alone))).toEqual([`${about.subject} members`])
    const seen = [
      report('a:1', srvr('leader', '0x500001000')),
      report('b:1', srvr('follower', '0x500000001')),
      report('c:1', srvr('follower', '0x400000009')),
    ]
    expect(said(serversDiagnoses(about, seen), 'lag')).toEqual([
      'lag warning: 4095 transactions behind the others',
      'lag warning: its latest transaction is of epoch 4, and others have epoch 5',
    ])
  })
})

/** As a server answers `srvr`. */
function srvr(mode: string, zxid: string, outstanding = 0): string {
  return `Zookeeper version: 3.9.2-abc, built on 2024\nLatency min/avg/max: 0/0.0/1\nConnections: 1\nOutstanding: ${outstanding}\nZxid: ${zxid}\nMode: ${mode}\nNode count: 5\n`
}

function report(endpoint: string, text: string): ServerReport {
  return reportIn(diagnosesOf(endpoint), text)
}
