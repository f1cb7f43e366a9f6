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

  // What the catalogue does not show is waited for as long as a request may take.
  const ask = (requestTimeout: number) =>
    everything(
      () => openAt(`consul://${front.endpoint}`, { requestTimeout }),
      { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] },
      { settings: { noChecks: true } },
    )

  it('is no bug of ours, whichever it is', async () => {
    expect(await ask(5_000)).toEqual(new Map())
    const routes = [...front.routes]
    expect(routes.length).toBeGreaterThan(8)
    for (const route of routes)
      for (const body of STRANGE) {
        front.answers = { route, body }
        expect([route, body, bugsIn(await ask(400))]).toEqual([route, body, []])
      }
  })
})
