import type * as Interface from '../contract/backend.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { Identity } from './agents.ts'
import type { Consul } from './backend.ts'
import { deregisterAfter, ttlOf } from './checks.ts'
import { layoutToWrite } from './encode.ts'
import { entryIn } from './entry.ts'
import { type Part, HeldRegistration, deregister } from './held.ts'
import { ttlCheck } from './health.ts'
import { type Present, presentAt, says } from './present.ts'
import { recordOf } from './records.ts'
import { type Registration, registrationJson, registrationsOf } from './registration.ts'
import { pass } from './renew.ts'
import { isAt } from './status.ts'
import { settled } from './settle.ts'

interface Work {
  readonly registration: Registration
  readonly present: Present
}

/** Registers with the agent that was asked. What is there and equal is left, its TTL check passed once. */
export async function register(
  consul: Consul,
  instance: InstanceInit,
  options: Interface.WriteOptions,
): Promise<Interface.Registration> {
  const { replace, signal, settings = {} } = options
  const ttl = ttlOf(options)
  const registrations = registrationsOf(instance, options, layoutToWrite(consul, options.layout))
  const home = await homeOf(consul, signal)
  const works: Work[] = []
  for (const registration of registrations)
    works.push({ registration, present: await presentAt(consul, home, registration, { instance, replace, signal }) })
  const action = actionOf(works, ttl)
  if (action !== 'unchanged') await carryOut(consul, home, works, ttl, signal)
  const parts: Part[] = []
  for (const { registration } of works) parts.push(await partOf(consul, home, registration, signal))
  return new HeldRegistration(consul, home, {
    action,
    parts,
    ttl: ttl === undefined ? undefined : { seconds: ttl, deregisterAfter: deregisterAfter(settings) },
    keepAlive: options.keepAlive ?? false,
  })
}

async function homeOf({ catalogue }: Consul, signal?: AbortSignal): Promise<Identity> {
  const home = await catalogue.agents.home(signal)
  if (catalogue.covers(home.datacenter)) return home
  throw new RollcallError(
    'usage',
    `the agent ${home.agent.endpoint} registers in data centre "${home.datacenter}" alone`,
    {
      hint: 'name an agent of the other data centre',
    },
  )
}

function actionOf(works: readonly Work[], ttl: number | undefined): Interface.Registration['action'] {
  const missing = works.filter(({ present }) => !present.agrees)
  if (missing.some(({ present }) => present.occupied)) return 'replaced'
  if (missing.length === works.length) return 'created'
  // A part may be missing still that another process is about to write.
  return missing.length > 0 || ttl !== undefined || works.some(hasTtlCheck) ? 'renewed' : 'unchanged'
}

/** All or nothing: what was made is taken back when another part of it is refused. */
async function carryOut(
  consul: Consul,
  home: Identity,
  works: readonly Work[],
  ttl: number | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const made: string[] = []
  try {
    for (const work of works) {
      const { registration, present } = work
      const beats = ttl !== undefined || hasTtlCheck(work)
      if (!present.agrees || (ttl !== undefined && !hasTtlCheck(work))) {
        await put(consul, home, work, signal)
        if (!present.occupied) made.push(registration.ID)
      }
      if (beats && (ttl !== undefined || present.agrees)) await beat(consul, home, registration, signal)
    }
  } catch (error) {
    // The first error is the one to tell.
    await Promise.allSettled(made.map((id) => deregister(home, id)))
    throw error
  }
}

function hasTtlCheck({ present }: Work): boolean {
  const entry = present.entry && entryIn(present.entry)
  return entry !== undefined && ttlCheck(entry) !== undefined
}

async function put(
  { catalogue }: Consul,
  home: Identity,
  { registration, present }: Work,
  signal?: AbortSignal,
): Promise<void> {
  // Else checks of the addresses that it had before would go on, and fail.
  const query: Record<string, string> = present.occupied && !present.agrees ? { 'replace-existing-checks': 'true' } : {}
  await catalogue.agents.tell(`register "${registration.Name}"`, () =>
    home.agent.put('/agent/service/register', registrationJson(registration), { query, signal }),
  )
}

async function beat(
  { catalogue }: Consul,
  home: Identity,
  { ID: id }: Registration,
  signal?: AbortSignal,
): Promise<void> {
  const check = `service:${id}`
  await catalogue.agents.tell(`pass the check "${check}"`, () => pass(home, check, signal))
}

/** What the catalogue shows of it. */
async function partOf(
  { catalogue, layout, timeout }: Consul,
  home: Identity,
  registration: Registration,
  signal?: AbortSignal,
): Promise<Part> {
  const { ID: id, Name: name } = registration
  const local = await catalogue.agents.tell(`read the service "${id}"`, () => home.agent.service(id, signal))
  const entries = await settled(
    catalogue,
    name,
    (seen) => seen.some((entry) => isAt(entry, id, home.node) && says(entry, registration, layout)),
    { signal, patience: timeout },
  )
  const entry = entries.find((each) => isAt(each, id, home.node))
  if (!local || !entry)
    throw new RollcallError('unreachable', `consul: the catalogue does not show "${id}", which its agent has taken`, {
      hint: 'the agent may not reach its servers: consul monitor tells why',
    })
  return { consulName: name, id, hash: local.ContentHash ?? '', record: recordOf(entry, layout) }
}
