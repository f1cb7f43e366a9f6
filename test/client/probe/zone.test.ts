import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { askedOf, whySilent } from '../../../src/client/probe/ask.ts'

/** The interface that has ::1, which a zone may name. */
const [loopback = ''] = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.some(({ address }) => address === '::1') ? [name] : [],
)

it.skipIf(loopback === '').each(['grpc', 'http', 'tcp'])(
  'whoever listens at an IPv6 address with a zone is reachable: %s',
  async (scheme) => {
    const server = createServer((_, answer) => answer.end()).listen(0, '::1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const asked = askedOf(`${scheme}://[::1%25${loopback}]:${port}`)
    if (!asked) throw new Error('it cannot be asked')
    expect(await whySilent(asked, 5_000)).toBeUndefined()
    server.close()
  },
)
