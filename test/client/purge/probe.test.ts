import { afterEach, describe, expect, it } from 'vitest'
import { askedOf, whySilent } from '../../../src/client/probe/ask.ts'
import { probeAll } from '../../../src/client/purge/probe.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'
import { entry } from '../../reports/entries.ts'
import {
  type Speaker,
  babble,
  closed,
  grpc,
  grpcs,
  hangsUp,
  http,
  https,
  httpsWithClientCertificates,
  oldTls,
  tcp,
} from './speakers.ts'

const open: Speaker[] = []
afterEach(async () => {
  for (const speaker of open.splice(0)) await speaker[Symbol.asyncDispose]()
})
async function use(speaker: Promise<Speaker>): Promise<string> {
  const started = await speaker
  open.push(started)
  return started.address
}

async function ask(endpoint: string, timeout = 10_000): Promise<string | undefined> {
  const asked = askedOf(endpoint)
  if (!asked) throw new Error(`${endpoint} cannot be asked`)
  return await whySilent(asked, timeout)
}

describe('an endpoint is alive', () => {
  it.each<[string, string, () => Promise<Speaker>]>([
    ['a TCP server', 'tcp://', () => tcp()],
    ['a TCP server, by its bare address', '', () => tcp()],
    ['a TCP server under a scheme that nobody knows', 'dubbo://', () => tcp()],
    ['an HTTP server', 'http://', () => http(200)],
    ['an HTTP server that is unwell', 'http://', () => http(503)],
    ['an HTTPS server', 'https://', https],
    ['an HTTPS server that was registered as http', 'http://', https],
    ['an HTTP server that was registered as https', 'https://', () => http(404)],
    ['a web socket server', 'ws://', () => http(426)],
    ['a gRPC server that serves', 'grpc://', () => grpc('SERVING')],
    ['a gRPC server that does not serve now', 'grpc://', () => grpc('NOT_SERVING')],
    ['a gRPC server without a health service', 'grpc://', () => grpc()],
    ['a gRPC server with TLS', 'grpcs://', () => grpcs()],
    ['a gRPC server with TLS that was registered without', 'grpc://', () => grpcs()],
    ['a gRPC server that wants a certificate', 'grpcs://', () => grpcs(true)],
    ['a gRPC server without TLS that was registered with', 'grpcs://', () => grpc('SERVING')],
    ['a TLS 1.2 server that wants a certificate', 'https://', httpsWithClientCertificates],
    ['a TLS 1.2 server that wants a certificate, asked by gRPC', 'grpcs://', httpsWithClientCertificates],
    ['a TLS 1.2 server that wants a certificate, registered without TLS', 'http://', httpsWithClientCertificates],
    ['a server of a TLS that is too old', 'https://', oldTls],
    ['a server of another kind, asked by HTTP', 'http://', babble],
    ['a server of another kind, asked by HTTPS', 'https://', babble],
    ['a server of another kind, asked by gRPC', 'grpc://', babble],
    ['a server of another kind, asked by gRPC with TLS', 'grpcs://', babble],
    ['a server that hangs up after a part of an answer', 'http://', () => hangsUp('HTTP/1.1 20')],
    ['an HTTP server, asked by gRPC', 'grpc://', () => http(404)],
    ['an HTTPS server, asked by gRPC', 'grpcs://', https],
  ])('%s', async (_, scheme, speaker) => {
    expect(await ask(`${scheme}${await use(speaker())}`)).toBeUndefined()
  })

  it('by an old query for TLS', async () => {
    expect(await ask(`grpc://${await use(grpcs())}?isSecure=true`)).toBeUndefined()
  })
})

describe('an endpoint is silent', () => {
  it.each(['tcp', 'http', 'https', 'grpc', 'grpcs'])('a closed port, asked by %s', async (scheme) => {
    expect(await ask(`${scheme}://${await closed()}`)).toBe('refused the connection')
  })

  it.each(['http', 'https', 'grpc', 'grpcs'])('a black hole, asked by %s', async (scheme) => {
    expect(await ask(`${scheme}://${await use(tcp())}`, 300)).toBe('did not answer in 300ms')
  })

  it.each(['http', 'https', 'grpc', 'grpcs'])('one that hangs up without a word, asked by %s', async (scheme) => {
    expect(await ask(`${scheme}://${await use(hangsUp())}`)).toBe('closed the connection without an answer')
  })

  it('a host that DNS does not know', async () => {
    expect(await ask('grpc://nowhere.invalid:9000')).toMatch(
      /^has a host that (DNS does not know|DNS cannot look up now)$/,
    )
  })

  it('unless it cannot be asked', () => {
    expect(['udp://10.0.0.1:53', 'grpc://:9000', 'not an endpoint', 'http://h'].map(askedOf)).toEqual(
      Array.from({ length: 4 }),
    )
  })
})

function instance(id: string, ...endpoints: string[]): InstanceEntry {
  return entry({ id, name: 'pay', endpoints }, {})
}

describe('probing', () => {
  const fast = { pause: 50, timeout: 500 }

  it('calls dead what answers no try by any endpoint, and says what each saw', async () => {
    const [refusing, hole, alive] = [await closed(), await use(tcp()), await use(tcp())]
    const entries = [
      instance('dead', `tcp://${refusing}`, `http://${hole}`),
      instance('half', `tcp://${refusing}`, `tcp://${alive}`),
      instance('unknown', 'udp://10.0.0.1:53'),
      instance('none'),
    ]
    const { dead, silentServices } = await probeAll(entries, fast)
    expect(
      dead.map(
        ({
          entry: {
            instance: { id },
          },
          reason,
        }) => [id, reason],
      ),
    ).toEqual([
      [
        'dead',
        `unreachable in 3 tries: tcp://${refusing} refused the connection; http://${hole} did not answer in 500ms`,
      ],
    ])
    expect(silentServices).toEqual([])
  })

  it('names services of which nothing answers', async () => {
    const { dead, silentServices } = await probeAll([instance('a', `tcp://${await closed()}`)], fast)
    expect(dead).toHaveLength(1)
    expect(silentServices).toEqual(['pay'])
  })

  it('gives a server that is away for a moment its later tries', async () => {
    const address = await closed()
    const asked: number[] = []
    const probed = probeAll([instance('a', `tcp://${address}`)], {
      ...fast,
      pause: 500,
      onProgress: (done) => asked.push(done),
    })
    await expect.poll(() => asked).toEqual([1])
    await use(tcp(Number(address.split(':')[1])))
    expect((await probed).dead).toEqual([])
  })

  it('asks no more at once than it may', async () => {
    let [now, most] = [0, 0]
    const address = await use(
      tcp(0, (socket) => {
        most = Math.max(most, ++now)
        socket.resume().once('close', () => now--)
      }),
    )
    const entries = Array.from({ length: 40 }, (_, at) => instance(`i-${at}`, `http://${address}`))
    const { dead } = await probeAll(entries, { tries: 1, timeout: 100, concurrency: 5 })
    expect(dead).toHaveLength(40)
    // One that ends here is seen a moment later there.
    expect(most).toBeLessThanOrEqual(10)
    expect(most).toBeGreaterThan(1)
  })

  it('ends by the reason of its signal', async () => {
    const stop = new AbortController()
    const probed = probeAll([instance('a', `http://${await use(tcp())}`)], { signal: stop.signal })
    stop.abort(new RollcallError('interrupted', 'stopped'))
    await expect(probed).rejects.toMatchObject({ code: 'interrupted' })
  })
})
