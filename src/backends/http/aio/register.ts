import { RollcallError } from '../../../model/errors.ts'
import type { InstanceInit } from '../../../model/instance.ts'
import type { RawRecord } from '../../../model/record.ts'
import type { Registration, WriteOptions } from '../../contract/backend.ts'
import { isTree } from '../protocol.ts'
import { remove } from './change.ts'
import { encode, isLive, recordIn, sayTheSame } from './instance.ts'
import type { Plain } from './plain.ts'
import { PlainRegistration } from './registration.ts'
import { scan } from './scan.ts'

/** Registers an address. The API writes over what has it, so what is there is looked at first; the server gives the id. */
export async function register(plain: Plain, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  const [wanted] = encode(plain, instance, options)
  if (!wanted) throw new RollcallError('usage', `${instance.name}/${instance.id} has no endpoint`)
  if (options.ttl !== undefined && options.ttl !== null) throw noTtl()
  const present = await presentRecords(plain, wanted, options.signal)
  const live = present.filter((record) => isLive(plain, record))
  const same = live.find((record) => sayTheSame(plain, record, wanted))
  if (same && live.length === 1) return await renewed(plain, wanted, same, options.signal)
  const [other] = live
  if (other && !options.replace) throw taken(instance, other)
  const written = await write(plain, wanted, options.signal)
  const left = present.filter(({ id }) => id !== written.id)
  for await (const { error } of remove(plain.api, left, options.signal)) if (error) throw error
  return new PlainRegistration(plain, present.length > 0 ? 'replaced' : 'created', wanted, written)
}

/** What has the id, or the address under which the server will know the instance. */
async function presentRecords(plain: Plain, wanted: RawRecord, signal?: AbortSignal): Promise<RawRecord[]> {
  const present: RawRecord[] = []
  for await (const page of scan(plain.api, { services: [wanted.service] }, { signal }))
    present.push(...page.records.filter((record) => record.id === wanted.id || placeOf(record) === placeOf(wanted)))
  return present
}

/** AIO's ids are made of service, address and env. */
function placeOf({ body }: RawRecord): string {
  const { address, env } = isTree(body) ? body : {}
  return `${String(address)} ${typeof env === 'string' && env !== '' ? env : 'all'}`
}

async function renewed(
  plain: Plain,
  wanted: RawRecord,
  there: RawRecord,
  signal: AbortSignal | undefined,
): Promise<Registration> {
  const registration = new PlainRegistration(plain, 'renewed', wanted, there)
  if ((await registration.beat(signal)) === 'ok') return registration
  return new PlainRegistration(plain, 'created', wanted, await write(plain, wanted, signal))
}

async function write(plain: Plain, wanted: RawRecord, signal: AbortSignal | undefined): Promise<RawRecord> {
  const { name, address, protocol, env, metadata, weight } = isTree(wanted.body) ? wanted.body : {}
  const body = { name, address, protocol, env, metadata, weight, status: 'active' }
  const call = { method: 'POST', path: '/services', body, doing: `register ${wanted.id}`, signal } as const
  const written = recordIn(await plain.api.call(call), wanted.service)
  if (written) return written
  throw new RollcallError('wrong-server', `http: ${plain.api.target.display}: does not tell what it registered`)
}

function noTtl(): RollcallError {
  return new RollcallError('usage', 'an AIO record has no TTL of its own: its readers decide when it has expired', {
    hint: 'leave --ttl out; --aio-ttl says when records that are read count as expired',
  })
}

function taken({ name, id }: InstanceInit, other: RawRecord): RollcallError {
  return new RollcallError(
    'conflict',
    `${name}/${id} is registered otherwise already, or its address is: ${other.id}`,
    {
      hint: 'give this one another id and address, or take its place with --replace',
    },
  )
}
