import { setTimeout as delay } from 'node:timers/promises'
import { polaris as kind } from '../../test/servers/polaris/provision.ts'
import { PolarisServer } from '../../test/servers/polaris/server.ts'
import { together } from '../raw/together.ts'
import { type Record, SERVICES, instance, nameOf } from './fleet.ts'
import { programsOf } from './provide.ts'

const ABREAST = 10
/** In one request the server takes so many instances. */
const PART = 100
/** Milliseconds. Its reads come from a cache that is a second old; filled, it takes longer. */
const [SHOWN_WITHIN, PAUSE] = [120_000, 500]

/** A Polaris of the bench's own with so many instances, of one endpoint each, which need no heartbeat. */
export async function startPolaris(count: number): Promise<PolarisServer> {
  const server = await PolarisServer.start(await programsOf(kind))
  const all = Array.from({ length: count }, (_, at) => bodyOf(instance(at), at))
  // Neighbours in a request are of many services: what comes at the same time is stored at once.
  const parts = Array.from({ length: Math.ceil(count / PART) }, (_, at) => all.slice(at * PART, (at + 1) * PART))
  await together(parts, ABREAST, async (part) => {
    const { code, info } = await server.api<{ code: number; info: string }>('POST', '/naming/v1/instances', part)
    if (code !== 200_000) throw new Error(`Polaris registers nothing: ${code} ${info}`)
  })
  await shown(server, count)
  return server
}

/** Waits until the console's list, and so the cache, has all of them. */
async function shown(server: PolarisServer, count: number): Promise<void> {
  const end = Date.now() + SHOWN_WITHIN
  for (;;) {
    let seen = 0
    for (let service = 0; service < Math.min(SERVICES, count); service += 1) {
      const asked = { type: 'INSTANCE', service: { name: nameOf(service), namespace: 'default' } }
      const answer = await server.api<{ instances?: unknown[] | null }>('POST', '/v1/Discover', asked)
      seen += answer.instances?.length ?? 0
    }
    if (seen === count) return
    if (Date.now() > end) throw new Error(`Polaris shows ${seen} of ${count} instances`)
    await delay(PAUSE)
  }
}

function bodyOf({ value }: Record, at: number): object {
  const { id, name, version, metadata } = JSON.parse(value) as { [field: string]: string | object }
  return {
    namespace: 'default',
    service: name,
    host: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
    port: 9000,
    protocol: 'grpc',
    version,
    weight: 100,
    metadata: { ...(metadata as object), merge: id },
  }
}
