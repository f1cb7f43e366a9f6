import { describe, expect, it } from 'vitest'
import { type SeenMember, memberDiagnoses, membersDiagnoses } from '../../../src/backends/etcd/doctor-members.ts'
import type { MemberStatus } from '../../../src/backends/etcd/wire-status.ts'
import { diagnosesOf } from '../../../src/backends/contract/diagnose.ts'
import { EtcdMember } from '../../servers/etcd/member.ts'
import { startEtcd } from '../../servers/etcd/start.ts'
import { freePorts } from '../../servers/ports.ts'
import { describeWith, serverOf } from '../../servers/with-server.ts'
import { patientTarget } from '../../patience.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'

const MIB = 1024 * 1024

await describeWith('etcd', 'doctor on etcd', () => {
  it('sees an alarm and a full database, and says what to do', async () => {
    await using etcd = await startEtcd({ quota: 16 * MIB })
    const value = Buffer.alloc(MIB, 'x').toString('base64')
    const put = async (at: number) => {
      const body = JSON.stringify({ key: Buffer.from(`/filling/${at}`).toString('base64'), value })
      return (await fetch(`http://${etcd.endpoint}/v3/kv/put`, { method: 'POST', body })).ok
    }
    for (let at = 0; await put(at); at++) expect(at).toBeLessThan(50)
    const found = await diagnosed(patientTarget(`etcd://${etcd.endpoint}`))
    expect(errors(found)).toContain(`${etcd.endpoint} alarms`)
    expect(said(found, 'alarms')).toEqual(['alarms error: NOSPACE, raised by itself'])
    expect(found.find(({ check }) => check === 'alarms')?.fix).toMatch('etcdctl alarm disarm')
    expect(found.find(({ check }) => check === 'database')).toMatchObject({
      state: expect.toBeOneOf(['warning', 'error']),
      unit: 'percent',
    })
  })

  it('a dead endpoint does not hide the others', async () => {
    await using etcd = await startEtcd()
    const found = await diagnosed(patientTarget(`etcd://127.0.0.1:1,${etcd.endpoint}`))
    expect(errors(found)).toEqual(['127.0.0.1:1 reachable'])
    expect(said(found, 'reachable version leader clock', etcd.endpoint)).toEqual([
      'reachable ok: answers',
      'clock ok: agrees with the clock of this machine',
      expect.stringMatching(/^version ok: etcd 3\./),
      'leader ok: leads its cluster',
    ])
    expect(said(found, 'read write')).toEqual([
      'read ok: /microservices/: authentication is not enabled, so everyone has permission',
      'write ok: /microservices/: authentication is not enabled, so everyone has permission',
    ])
  })

  it('tells a clock that is far away', async () => {
    await using etcd = await startEtcd()
    const found = await diagnosed(patientTarget(`etcd://${etcd.endpoint}`), () => Date.now() - 60_000)
    expect(said(found, 'clock')).toEqual([expect.stringMatching(/^clock error: its clock is (59|60|61)s ahead/)])
  })

  it('counts leases without keys', async () => {
    await using etcd = await startEtcd()
    const grant = async () => /lease ([0-9a-f]+)/.exec(await etcd.etcdctl('lease', 'grant', '600'))?.[1] ?? ''
    const [empty, used] = [await grant(), await grant()]
    await etcd.etcdctl('put', '/a', 'b', `--lease=${used}`)
    const found = await diagnosed(patientTarget(`etcd://${etcd.endpoint}`))
    expect(said(found, 'leases')).toEqual([`leases warning: 2 leases, 1 without keys: ${empty}`])
    expect(errors(found)).toEqual([])
  })

  it('compares the members of a cluster, and sees one that is a learner', async () => {
    await using etcd = await startEtcd({ members: 3, flags: ['--strict-reconfig-check=false'] })
    const [client = 0, peer = 0, health = 0] = await freePorts(3)
    const peerUrl = `http://127.0.0.1:${peer}`
    const added = await etcd.etcdctl('member', 'add', 'learner', '--learner', `--peer-urls=${peerUrl}`)
    const cluster = /ETCD_INITIAL_CLUSTER="([^"]+)"/.exec(added)?.[1] ?? ''
    const waiting = await diagnosed(patientTarget(`etcd://${etcd.endpoint}`))
    expect(said(waiting, 'members').at(-1)).toMatch(
      /^members warning: the cluster has 4 members: .*one that has not started/,
    )
    const url = `http://127.0.0.1:${client}`
    await using learner = await EtcdMember.create(serverOf('etcd').programs?.['etcd'] ?? '', { client, health }, [
      '--name=learner',
      '--initial-cluster-state=existing',
      `--initial-cluster=${cluster}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
    ])
    await learner.start().catch(() => {})
    const found = await diagnosed(patientTarget(`etcd://${learner.endpoint},${etcd.endpoint}`))
    expect(said(found, 'role')).toEqual(['role warning: is a learner: it has no vote and serves no reads'])
    expect(said(found, 'members')).toEqual([
      'members ok: all 4 name the same leader',
      'members ok: all 4 name the same version',
      expect.stringMatching(/^members ok: the cluster has 4 members: .*learner \(learner\)/),
    ])
    expect(errors(found)).toEqual([])
  })

  it('sees that a member without the others knows no leader', async () => {
    await using etcd = await startEtcd({ members: 3 })
    const [alive, ...others] = etcd.members
    await Promise.all(others.map((each) => each.kill()))
    const target = patientTarget(`etcd://${alive?.endpoint}`)
    const leaderless = async () => {
      const found = await diagnosed(target)
      return said(found, 'leader').some((line) => line.startsWith('leader error: knows no leader')) && found
    }
    let found = await leaderless()
    while (!found) found = await leaderless()
    expect(errors(found)).toEqual([`${alive?.endpoint} leader`])
  })

  it('tells when a certificate ends, of the server and of the client', async () => {
    await using etcd = await startEtcd({ tls: true, clientCertAuth: true })
    const { authority, cert, key } = etcd.tls ?? {}
    const tls = { cacert: authority?.cacert ?? '', cert: cert ?? '', key: key ?? '' }
    const found = await diagnosed(patientTarget(`etcds://${etcd.endpoint}`, { tls }))
    // Both were made for two days.
    expect(errors(found)).toEqual([`${cert} client-certificate`, `${etcd.endpoint} tls`])
    expect(said(found, 'tls')).toEqual([
      expect.stringMatching(/^tls error: .*certificate.* is valid until \S+, 1 day more$/),
    ])
    expect(said(found, 'read')).toEqual([expect.stringMatching(/^read ok: .*authentication is not enabled/)])
    const strange = await diagnosed(
      patientTarget(`etcds://${etcd.endpoint}`, { tls: { cert: tls.cert, key: tls.key } }),
    )
    expect(errors(strange)).toContain(`${etcd.endpoint} reachable`)
    expect(said(strange, 'tls', etcd.endpoint)).toHaveLength(1)
  })

  it('tells what a user has permission to do, and shows no secret', async () => {
    await using etcd = await startEtcd({
      auth: {
        roles: {
          reader: [{ may: 'read', key: '/microservices/', prefix: true }],
          one: [{ may: 'readwrite', key: '/microservices/sre/', prefix: true }],
        },
        users: {
          reader: { password: 'hushhush', roles: ['reader'] },
          one: { password: 'hushhush', roles: ['one'] },
          none: { password: 'hushhush', roles: [] },
        },
      },
    })
    const as = async (user: string, password = 'hushhush') => {
      const found = await diagnosed(patientTarget(`etcd://${etcd.endpoint}`, { user, password }))
      expect(JSON.stringify(found)).not.toContain('hushhush')
      return said(found, 'read write')
    }
    expect(await as('root', 'root')).toEqual([
      'read ok: the user "root" has permission to read /microservices/',
      'write ok: the user "root" has permission to write /microservices/',
    ])
    expect(await as('reader')).toEqual([
      'read ok: the user "reader" has permission to read /microservices/',
      'write warning: the user "reader" has no permission to write /microservices/',
    ])
    expect(await as('one')).toEqual([
      'read warning: the user "one" has permission to read only parts of /microservices/: /microservices/sre/',
      'write warning: the user "one" has permission to write only parts of /microservices/: /microservices/sre/',
    ])
    expect(await as('none')).toEqual([
      'read error: the user "none" has no permission to read /microservices/',
      'write warning: the user "none" has no permission to write /microservices/',
    ])
    const nobody = await diagnosed(patientTarget(`etcd://${etcd.endpoint}`))
    expect(nobody).toMatchObject([
      { check: 'reachable', state: 'error', code: 'unauthenticated', fact: 'etcd: this server requires a user' },
    ])
  })
})

describe('what members of etcd say', () => {
  const about = diagnosesOf('etcd://a:1,b:1')

  it('of a member behind the others', () => {
    expect(said(membersDiagnoses(about, [member('a:1'), member('b:1', { applied: 9_100 })]), 'lag')).toEqual([])
    const seen = [member('a:1'), member('b:1', { applied: 8_000 }), member('c:1', { applied: 1_000 })]
    expect(said(membersDiagnoses(about, seen), 'lag')).toEqual([
      "lag warning: 2000 entries behind the end of the others' logs",
      "lag error: 9000 entries behind the end of the others' logs",
    ])
  })

  it('of endpoints of two clusters, and of members that disagree', () => {
    expect(said(membersDiagnoses(about, [member('a:1'), member('b:1', { cluster: 'd' })]), 'members')).toEqual([
      'members error: the endpoints belong to 2 clusters: a:1 c, b:1 d',
    ])
    const seen = [member('a:1'), member('b:1', { leader: undefined, version: '3.6.0' })]
    expect(said(membersDiagnoses(about, seen), 'members')).toEqual([
      'members warning: they name different leaders: a:1 a:1, b:1 nobody',
      'members warning: they name different versions: a:1 3.5.9, b:1 3.6.0',
    ])
  })

  it.each([
    [79, 'ok'],
    [80, 'warning'],
    [95, 'error'],
  ])('of a database that is %d %% full: %s', (percent, state) => {
    const found = memberDiagnoses(member('a:1', { size: percent * MIB })).find(({ check }) => check === 'database')
    expect(found).toMatchObject({ state, value: percent, unit: 'percent' })
  })
})

function member(endpoint: string, status: Partial<MemberStatus> = {}): SeenMember {
  return {
    about: diagnosesOf(endpoint),
    quota: 100 * MIB,
    status: {
      cluster: 'c',
      member: endpoint,
      leader: 'a:1',
      version: '3.5.9',
      isLearner: false,
      term: 2,
      index: 10_000,
      applied: 10_000,
      size: 50 * MIB,
      used: 40 * MIB,
      quota: 0,
      alarms: [],
      ...status,
    },
  }
}
