import { drivers } from '../backends/index.ts'
import type { Description, RegisterAnswer, RegisterRequest } from '../backends/http/wire.ts'
import { layouts } from '../layouts/index.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { Client } from '../client/client.ts'
import type { LayoutName } from '../model/observed.ts'
import { entryOf, wireRecord } from './wire-record.ts'
import type { ScopedRegistry } from './registry.ts'
import type { WriteOptions } from '../backends/contract/backend.ts'
import { isUnspecified, parseAddress } from '../model/address.ts'
import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import { packageVersion } from '../model/package-version.ts'
import { generateInstanceId } from '../model/instance-id.ts'
import type { RawRecord } from '../model/record.ts'
import { type Status, statusOf } from '../model/status.ts'

const ENVIRONMENTS = new Set(['all', 'dev', 'test', 'prod'])

/** The body of a registration, as the document has it; what Go leaves unset comes as zero or null. */
export interface RegisterBody {
  readonly name: string
  readonly address: string
  readonly protocol?: string
  readonly env?: string
  readonly metadata?: Readonly<Record<string, string>> | null
  readonly weight?: number
  readonly status?: string
}

/**
 * Writes the instance in the place of what has its id, as AIO does: a process that registers an address again is its owner.
 * Answers what is stored.
 *
 * @throws RollcallError `usage` for what no registry should be given, `unsupported` for what this one cannot hold.
 */
export async function register(registry: ScopedRegistry, body: RegisterBody): Promise<InstanceEntry> {
  const { client } = registry
  const status = statusFrom(body.status)
  if (status !== 'up' && !client.capabilities.offline) throw noStatus(client, status)
  const instance = instanceFrom(body)
  const atOnce = client.capabilities.monitor === true
  const registration = await registry.register(instance, {
    ...writeOptions(client, body),
    ...(atOnce && { status }),
  })
  await registration.release()
  if (status !== 'up' && !atOnce) await setStatus(registry, registration.records, status)
  const written = new Map(registration.records.map(({ id, revision }) => [id, revision]))
  const isWritten = (entry: InstanceEntry): boolean =>
    entry.service === instance.name &&
    entry.records.some(({ id, revision }) => written.has(id) && isSince(revision, written.get(id))) &&
    (status === 'up' || entry.observed.status === status)
  const isSeen = () => registry.live.table.withId(instance.id).find(isWritten)
  await registry.seen(() => isSeen() !== undefined)
  const stored = isSeen() ?? (await client.find({ service: instance.name, id: instance.id }))[0]
  if (stored) return stored
  throw new RollcallError(
    'conflict',
    `${instance.name}/${instance.id} was removed by another process right after it was registered`,
  )
}

function instanceFrom({ name, address, protocol, env, metadata }: RegisterBody): InstanceInit {
  const parsed = parseAddress(address)
  if (!parsed) throw new RollcallError('usage', `the address "${address}" is not host:port`)
  if (isUnspecified(parsed.host)) throw new RollcallError('usage', `no other host can reach the address "${address}"`)
  const endpoints = [`${protocol || 'http'}://${address}`]
  const { version, ...others } = metadata ?? {}
  return {
    id: generateInstanceId(name, endpoints, envFrom(env)),
    name,
    ...(version !== undefined && { version }),
    metadata: others,
    endpoints,
  }
}

/** The values of a registration that are not taken as they were written, as in AIO; one sentence each. */
export function takenOtherwise({ env, weight = 0 }: RegisterBody): string[] {
  return [
    ...(env && !ENVIRONMENTS.has(env) ? [`the environment "${env}" is not known, so the instance is for all`] : []),
    ...(weight < 0 ? [`the weight ${weight} is below 0, so the instance has the default`] : []),
  ]
}

/** As AIO takes it: what it does not know is for all. */
function envFrom(env: string | undefined): string {
  return env && ENVIRONMENTS.has(env) ? env : 'all'
}

/** Key-value stores are written in AIO's layout unless another was asked for. Zero, Go's way to leave a weight out, and less are the default. */
function writeOptions({ target }: Client, { weight, env }: RegisterBody): WriteOptions {
  const hasLayouts = drivers.find(({ name }) => name === target.driver)?.layouts.includes('aio')
  return {
    replace: true,
    ...(hasLayouts && target.layout === 'auto' && { layout: 'aio' }),
    ...(weight !== undefined && weight > 0 && { weight }),
    ...(env && { env: envFrom(env) }),
  }
}

/** For a registry that cannot set a status at registration. */
async function setStatus(registry: ScopedRegistry, records: readonly RawRecord[], status: Status): Promise<void> {
  for (const { error, result } of await registry.setStatus(records, status)) {
    if (error) throw error
    if (result !== 'done')
      throw new RollcallError('conflict', 'another process changed the record while it was being registered')
  }
}

/** @throws RollcallError `usage` for an unknown status. */
function statusFrom(word: string | undefined): Status {
  const status = word ? statusOf(word) : 'up'
  if (status) return status
  throw new RollcallError('usage', `there is no status "${word}"`)
}

function noStatus({ target }: Client, status: Status): RollcallError {
  return new RollcallError(
    'unsupported',
    `${target.driver} cannot set the status "${status}": registered instances are up`,
  )
}

/** Whether a revision is that of a write, or a later one. */
export function isSince(revision = '', written = ''): boolean {
  const numbers = /^\d+$/.test(revision) && /^\d+$/.test(written)
  return numbers ? BigInt(revision) >= BigInt(written) : revision === written
}

/** The registry as it is for who writes through this server. */
export function describeRegistry({ client, live, identity }: ScopedRegistry): Description {
  const { backend, target } = client
  const layout = layoutToWrite(client)
  const capabilities = backend.capabilities(layout ?? target.layout)
  return {
    driver: backend.driver,
    capabilities: {
      ...capabilities,
      // Leases and sessions are this server's own, and a client that resumes a watch compares revisions as numbers.
      lease: false,
      session: false,
      history: capabilities.history && /^\d+$/.test(live.revision ?? ''),
    },
    ...(layout && { layout, prefix: target.prefix ?? layouts[layout].defaultPrefix }),
    ...(backend.offlineLimit !== undefined && { offlineLimit: backend.offlineLimit }),
    version: packageVersion,
    role: identity.role,
    services: identity.services,
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
  registry: ScopedRegistry,
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
