import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EtcdServer, startEtcd } from './etcd/start.ts'
import { describeWith } from './with-server.ts'

await describeWith('etcd', 'an etcd under test', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  it('keeps its data over a stop, a kill and a restart', async () => {
    await etcd.etcdctl('put', 'a', 'b')
    await etcd.restart()
    await etcd.kill()
    await expect(etcd.etcdctl('get', 'a', '--dial-timeout=100ms', '--command-timeout=200ms')).rejects.toThrow()
    await etcd.restart()
    expect(await etcd.etcdctl('get', 'a', '--print-value-only')).toBe('b\n')
  })
})
