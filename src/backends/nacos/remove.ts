import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { notAttempted, stopsTheRest } from '../contract/outcome.ts'
import { changeEach, distinct, failed, foreign, unsupported } from './abreast.ts'
import { type Member, readFamily } from './service-group.ts'
import type { Nacos } from './context.ts'
import { type Address, addressOf } from './names.ts'
import { revisionOf } from './record.ts'
import { hostAt, servicesOf, settled } from './settle.ts'

/** Removed between two reads of their services. */
const BATCH = 100

/** Removes what is read again just before and still is what was seen. */
export async function* remove(
  nacos: Nacos,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const all = distinct(records)
  for (let at = 0; at < all.length; at += BATCH) {
    signal?.throwIfAborted()
    yield* await removeBatch(nacos, all.slice(at, at + BATCH), signal)
  }
}

async function removeBatch(nacos: Nacos, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const services = servicesOf(records.flatMap(({ id }) => addressOf(id) ?? []))
  let family: readonly Member[]
  try {
    family = await readFamily(nacos, services, signal)
  } catch (error) {
    if (!(error instanceof RollcallError) || signal?.aborted) throw error
    return records.map(({ id }) => (stopsTheRest(error) ? notAttempted(id, error) : failed(id, error)))
  }
  const outcomes = await changeEach(records, (record) => removeOne(nacos, record, family, signal), signal)
  const done = outcomes.flatMap(({ id, result }) => (result === 'done' ? (addressOf(id) ?? []) : []))
  if (done.length === 0) return outcomes
  const isGone = (seen: readonly Member[]) => done.every((address) => !hostAt(seen, address))
  const after = await settled(nacos, servicesOf(done), isGone, signal)
  return outcomes.map((outcome) => (outcome.result === 'done' ? checked(outcome, after) : outcome))
}

async function removeOne(
  nacos: Nacos,
  { id, revision }: RawRecord,
  family: readonly Member[],
  signal?: AbortSignal,
): Promise<Outcome> {
  const address = addressOf(id)
  if (!address) return foreign(id)
  if (revision === undefined) return unseen(id)
  const host = hostAt(family, address)
  if (!host) return { id, result: 'absent' }
  if (revisionOf(host) !== revision) return { id, result: 'changed' }
  const holder = host.ephemeral ? await nacos.api.holder({ address, host }, signal) : undefined
  if (holder !== undefined) return held(id, `the gRPC client ${holder} holds ${id}`)
  await nacos.api.deregister({ address, host }, signal)
  return { id, result: 'done' }
}

/** A server says yes also to what it then does not do. */
function checked(outcome: Outcome, family: readonly Member[]): Outcome {
  const address: Address | undefined = addressOf(outcome.id)
  const stays = address && hostAt(family, address)
  return stays
    ? held(outcome.id, `${outcome.id} is still there: a gRPC client holds it, or its owner was faster`)
    : outcome
}

function held(id: string, fact: string): Outcome {
  return unsupported(
    id,
    `${fact}, and over HTTP Nacos does not remove that`,
    'take it out of traffic with rollcall offline, or end its process',
  )
}

function unseen(id: string): Outcome {
  const error = new RollcallError('usage', `${id} has no revision to compare, so it was never read`, {
    hint: 'read it first, and remove what was read',
  })
  return failed(id, error)
}
