import { nacos as kind } from '../../test/servers/nacos/provision.ts'
import { NacosServer } from '../../test/servers/nacos/server.ts'
import { together } from '../raw/together.ts'
import { instance } from './fleet.ts'
import { programsOf } from './provide.ts'

const ABREAST = 16
/** Milliseconds: longer than any bench. Nobody sends heartbeats. */
const LASTING = String(86_400_000)
const NO_HEARTBEATS = { 'preserved.heart.beat.timeout': LASTING, 'preserved.ip.delete.timeout': LASTING }

/** A Nacos of the bench's own with so many instances, of one endpoint each, as Kratos writes them. */
export async function startNacos(count: number): Promise<NacosServer> {
  const server = await NacosServer.start(await programsOf(kind))
  await together(Array.from({ length: count }).keys(), ABREAST, async (at) => {
    const { name, version, metadata } = JSON.parse(instance(at).value) as KratosInstance
    await server.call('POST', '/v1/ns/instance', {
      serviceName: `${name}.grpc`,
      ip: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
      port: '9000',
      weight: '100',
      ephemeral: 'true',
      metadata: JSON.stringify({ ...metadata, kind: 'grpc', version, ...NO_HEARTBEATS }),
    })
  })
  return server
}

interface KratosInstance {
  readonly name: string
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
}
