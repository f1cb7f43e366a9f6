import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { STRANGE, StrangeServer, bugsIn, everything } from '../strange-answers.ts'
import { openAt } from './open.ts'

await describeWith('consul', 'a Consul that answers one kind of question strangely', () => {
  let server: ConsulServer
  let front: StrangeServer
  beforeAll(async () => {
    server = await startConsul()
    front = await StrangeServer.start(server.endpoint)
  })
  afterAll(async () => {
    await front[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const ask = () =>
    everything(
      () => openAt(`consul://${front.endpoint}`, { requestTimeout: 1_000 }),
      { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] },
      { settings: { noChecks: true } },
    )

  it('is no bug of ours, whichever it is', async () => {
    expect(await ask()).toEqual(new Map())
    const routes = [...front.routes]
    expect(routes.length).toBeGreaterThan(8)
    for (const route of routes)
      for (const body of STRANGE) {
        front.answers = { route, body }
        expect([route, body, bugsIn(await ask())]).toEqual([route, body, []])
      }
  })
})
