import { drivers } from '../backends/index.ts'
import type { Description, RegisterAnswer, RegisterRequest } from '../backends/http/wire.ts'
import { layouts } from '../layouts/index.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { Client } from '../client/client.ts'
import type { LayoutName } from '../model/observed.ts'
import { entryOf, wireRecord } from './wire-record.ts'
import { isSince } from './register.ts'
import type { Registry } from './registry.ts'

/** The registry as it is for who writes through this server. */
export function describeRegistry({ client, live }: Pick<Registry, 'client' | 'live'>): Description {
  const { backend, target } = client
  const layout = layoutToWrite(client)
  const capabilities = backend.capabilities(layout ?? target.layout)
  return {
    driver: backend.driver,
    capabilities: {
      ...capabilities,
      // Leases and sessions are this server's own, and whoever asks for a watch tells revisions apart by their numbers.
      lease: false,
      session: false,
      history: capabilities.history && /^\d+$/.test(live.revision ?? ''),
    },
    ...(layout && { layout, prefix: target.prefix ?? layouts[layout].defaultPrefix }),
    ...(backend.offlineLimit !== undefined && { offlineLimit: backend.offlineLimit }),
  }
}

/** In a key-value store AIO's, unless another was asked for; elsewhere there is none. */
function layoutToWrite({ target, backend }: Client): LayoutName | undefined {
  const { layouts: held = [], parameters = [] } = drivers.find(({ name }) => name === backend.driver) ?? {}
  if (!parameters.includes('prefix') || !held.includes('aio')) return undefined
  return target.layout === 'auto' ? 'aio' : target.layout
}

/** Registers an instance with the id that it was given; the caller sends its heartbeats through any server. */
export async function registerRecords(
  registry: Registry,
  { instance, ...options }: RegisterRequest,
  now: () => number,
): Promise<{ readonly answer: RegisterAnswer; readonly after: InstanceEntry | undefined }> {
  const { client } = registry
  const layout = layoutToWrite(client)
  const registration = await registry.register(instance, { ...options, ...(layout && { layout }) })
  await registration.release()
  const { action, records, expiresAt, unhealthyAt, beatEvery } = registration
  const written = new Map(records.map(({ id, revision }) => [id, revision]))
  await registry.seen((table) =>
    table
      .withId(instance.id)
      .some((entry) => entry.records.some(({ id, revision }) => isSince(revision, written.get(id)))),
  )
  const [first] = records
  const reading = first && client.backend.read(first, now())
  return {
    answer: {
      action,
      records: records.map((record) => wireRecord(client, record, now())),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(unhealthyAt !== undefined && { unhealthyAt }),
      ...(beatEvery !== undefined && { beatEvery }),
    },
    after: first && reading?.is === 'instance' ? entryOf(first, reading) : undefined,
  }
}
