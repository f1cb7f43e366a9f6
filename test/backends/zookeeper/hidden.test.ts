import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import { run } from '../../cli/run.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { patientTarget } from '../../patience.ts'

await describeWith('zookeeper', 'what another user of ZooKeeper may not see', () => {
  let server: ZooKeeperServer
  beforeAll(async () => {
    server = await startZooKeeper()
    const open = (settings = {}) => Client.open(patientTarget(`zookeeper://${server.endpoint}`, settings))
    await using everyone = await open()
    await everyone.register({ id: 'a', name: 'open', endpoints: ['grpc://10.0.0.1:80'] }, { ttl: null })
    await using alice = await open({ user: 'alice', password: 'wonder' })
    await alice.register({ id: 'a', name: 'hers', endpoints: ['grpc://10.0.0.2:80'] }, { ttl: null })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const asMallory = (line: string) =>
    run(line, {
      env: {
        ROLLCALL_REGISTRY: `zookeeper://${server.endpoint}`,
        ROLLCALL_USER: 'mallory',
        ROLLCALL_PASSWORD: 'guess',
      },
    })

  it.each([
    'ls hers',
    'ls he*',
    'get hers/a',
    'get --id hers-a',
    'wait hers --gone --timeout 0s',
    'wait hers --gone --timeout 20s',
    'wait hers --timeout 0s',
    'deregister hers/a --ignore-not-found',
    'deregister hers/a',
    'purge hers --dry-run',
    'offline hers/a',
  ])('is never taken for gone: %s', async (line) => {
    const { status, stderr } = await asMallory(line)
    expect({ line, status, stderr }).toMatchObject({ status: 4 })
  })

  it('hides nothing else', async () => {
    expect(await asMallory('ls open')).toMatchObject({ status: 0 })
    expect(await asMallory('wait gone --gone --timeout 0s')).toMatchObject({ status: 0 })
  })
})
