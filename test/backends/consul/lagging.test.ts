import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { Client } from '../../../src/client/client.ts'
import { consul } from '../../../src/backends/consul/driver.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { startConsul } from '../../servers/consul/start.ts'
import { Front } from '../../servers/front.ts'
import { describeWith } from '../../servers/with-server.ts'

const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }
const PAY = { name: 'pay', id: 'p-1', endpoints: ['grpc://10.0.0.2:9000'] }
const ONCE = { settings: { noChecks: true } }

/** Before a real Consul: it may be away, or answer as a server does while it still reads its log after a start. */
class Lagging extends Front {
  state: 'away' | 'lagging' | 'itself' = 'itself'

  static async front(target: string): Promise<Lagging> {
    return await new Lagging(target).listening()
  }

  protected override serve(asked: IncomingMessage, answer: ServerResponse): void {
    const url = asked.url ?? ''
    if (this.state === 'away') answer.destroy()
    else if (this.state === 'lagging' && url.includes('/internal/ui/nodes') && !/[?&]consistent\b/.test(url))
      answer.writeHead(200, { 'content-type': 'application/json', 'x-consul-index': '5' }).end('[]')
    else super.serve(asked, answer)
  }
}

await describeWith('consul', 'a Consul that has not caught up after a start', () => {
  it('is not reported to have lost what it has not read yet', async () => {
    await using server = await startConsul()
    await using front = await Lagging.front(server.endpoint)
    const url = parseRegistryUrl(`consul://${front.endpoint}`)
    await using client = await Client.open(consul.parse(url, { requestTimeout: 500, aioTtl: 30_000 }, {}))
    await client.register(SRE, ONCE)
    const stop = new AbortController()
    const seen: string[] = []
    const watching = (async () => {
      for await (const event of client.watch({}, { signal: stop.signal })) seen.push(inWords(event))
    })()
    const includes = (word: string) => eventually(() => expect(seen).toContain(word), { timeout: 25_000 })
    await includes('synced')
    front.state = 'away'
    await includes('link down')
    front.state = 'lagging'
    await includes('link up')
    front.state = 'itself'
    await client.register(PAY, ONCE)
    await includes('added pay/p-1')
    expect(seen).not.toContain('removed sre/i-1')
    stop.abort()
    await watching
  })
})

/** Before a real Consul: its catalogue is as it was kept, and its agents are as they are. */
class Stale extends Front {
  kept: string | undefined

  static async front(target: string): Promise<Stale> {
    return await new Stale(target).listening()
  }

  protected override serve(asked: IncomingMessage, answer: ServerResponse): void {
    if (this.kept !== undefined && asked.url?.startsWith('/v1/health/service/'))
      answer.writeHead(200, { 'content-type': 'application/json', 'x-consul-index': '5' }).end(this.kept)
    else super.serve(asked, answer)
  }
}

await describeWith('consul', 'a catalogue that lags behind its agent', () => {
  it('does not have a registration remove what another has put under its id', async () => {
    await using server = await startConsul()
    await using front = await Stale.front(server.endpoint)
    const url = parseRegistryUrl(`consul://${front.endpoint}`)
    await using client = await Client.open(consul.parse(url, { requestTimeout: 500, aioTtl: 30_000 }, {}))
    const registration = await client.register(SRE, ONCE)
    front.kept = JSON.stringify(await server.api('GET', '/v1/health/service/sre'))
    await server.api('PUT', '/v1/agent/service/register', { Name: 'sre', ID: 'i-1', Address: '10.0.0.9', Port: 9 })
    await registration[Symbol.asyncDispose]()
    expect(await server.api('GET', '/v1/agent/service/i-1')).toMatchObject({ Address: '10.0.0.9' })
  })
})

function inWords(event: WatchEvent): string {
  if (event.type === 'link') return `link ${event.state}`
  return 'entry' in event ? `${event.type} ${event.entry.service}/${event.entry.instance.id}` : event.type
}
