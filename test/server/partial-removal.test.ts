import { expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { serve } from '../../src/server/server.ts'
import { enableAuth } from '../servers/etcd/auth.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { patientTarget } from '../patience.ts'

const CLERK = { user: 'clerk', password: 'clerk-secret' }
const LOCKED = 'mailer-3'

await describeWith('etcd', 'the removal of a service of which some instances may not be removed', () => {
  it('removes the others, says which and why with code 50000 and status 200, and writes both down', async () => {
    await using etcd = await startEtcd()
    const url = `etcd://${etcd.endpoint}`
    await using writer = await Client.open(patientTarget(url))
    for (const id of ['mailer-1', 'mailer-2', LOCKED])
      await (
        await writer.register({ id, name: 'mailer', endpoints: ['http://10.0.0.1:80'] }, { layout: 'aio' })
      ).release()
    await enableAuth(etcd, {
      roles: {
        clerk: [
          { may: 'read', key: '/', prefix: true },
          ...[1, 2].map((at) => ({ may: 'readwrite', key: `/aio/registry/mailer/mailer-${at}` }) as const),
        ],
      },
      users: { clerk: { password: CLERK.password, roles: ['clerk'] } },
    })
    await using client = await Client.open(patientTarget(url, CLERK))
    const audit: string[] = []
    await using server = await serve(client, { host: '127.0.0.1', port: 0, audit: (line) => void audit.push(line) })
    const answer = await fetch(`http://127.0.0.1:${server.port}/registry/admin/services/mailer`, { method: 'DELETE' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      code: 50_000,
      msg: '部分删除失败，详情请查看响应数据',
      data: {
        service_name: 'mailer',
        total_instances: 3,
        removed_count: 2,
        errors: [expect.stringMatching(new RegExp(`^删除实例 ${LOCKED} 失败: .+`))],
      },
    })
    const left = await fetch(`http://127.0.0.1:${server.port}/registry/discovery/mailer?consistent=true`)
    expect(await left.json()).toMatchObject({ data: [{ id: LOCKED }] })
    expect(audit.map((line): string => JSON.parse(line).id).toSorted()).toEqual(['mailer-1', 'mailer-2'])
  })
})
