import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { enableAuth } from '../servers/etcd/auth.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { run } from './run.ts'
import { patientTarget } from '../patience.ts'

const HIDDEN = 'no permission to read /microservices/pay/'

await describeWith('etcd', 'what a user may not see', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd()
    await using client = await Client.open(patientTarget(`etcd://${etcd.endpoint}`))
    for (const [name, layout] of [
      ['pay', 'kratos'],
      ['mailer', 'aio'],
    ] as const)
      await client.register({ id: 'a', name, endpoints: ['http://10.0.0.1:80'] }, { layout })
    await enableAuth(etcd, {
      roles: { clerk: [{ may: 'read', key: '/aio/registry/', prefix: true }] },
      users: { clerk: { password: 'clerk-secret', roles: ['clerk'] } },
    })
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  const asClerk = (line: string) =>
    run(line, {
      env: {
        ROLLCALL_REGISTRY: `etcd://${etcd.endpoint}`,
        ROLLCALL_USER: 'clerk',
        ROLLCALL_PASSWORD: 'clerk-secret',
        ROLLCALL_AIO_TTL: '1h',
      },
    })

  it.each([
    ['ls pay', `no instance of pay can be seen: ${HIDDEN}`],
    ['ls pay mailer --status down', 'no instance of pay, mailer can be seen: '],
    ['get pay/a', `no instance of pay can be seen: ${HIDDEN}`],
    ['get mailer/b', 'no instance b of mailer can be seen: no permission to read /microservices/mailer/'],
    ['ls pa*', `no instance of pa* can be seen: `],
    ['wait pay --timeout 0s', `there may be instances that you lack permission to read: ${HIDDEN}`],
    ['deregister pay/a --ignore-not-found', `no such instance of pay can be seen: ${HIDDEN}`],
    ['deregister --id nobodys --ignore-not-found', 'no instance with the id nobodys can be seen: '],
    ['deregister --host 10.9.9.9 --ignore-not-found --yes', 'no matching instance can be seen: '],
    ['get --id nobodys', 'no instance with the id nobodys can be seen: '],
    ['purge pay', `no instance of pay can be seen: ${HIDDEN}`],
    ['wait pay --gone --timeout 20s', `there may be instances that you lack permission to read: ${HIDDEN}`],
    ['wait pay --gone --timeout 0s', `there may be instances that you lack permission to read: ${HIDDEN}`],
    [
      'wait mailer --max 1 --timeout 20s',
      'there may be instances that you lack permission to read: no permission to read /microservices/mailer/',
    ],
  ])('is not taken for missing: %s', async (line, message) => {
    const { status, stderr } = await asClerk(line)
    expect({ status, stderr }).toEqual({ status: 4, stderr: expect.stringContaining(`rollcall: ${message}`) })
  })

  it('hides nothing else', async () => {
    expect(await asClerk('ls mailer')).toMatchObject({ status: 0 })
    expect(await asClerk('get mailer/a')).toMatchObject({ status: 0 })
    expect(await asClerk('wait mailer --timeout 20s')).toMatchObject({ status: 0 })
    expect(await asClerk('wait mailer --gone --layout aio --timeout 0s')).toMatchObject({ status: 1 })
    expect(await asClerk('wait pay --gone --layout aio --timeout 20s')).toMatchObject({ status: 0 })
  })
})
