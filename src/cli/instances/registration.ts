import type { Registration, WriteOptions } from '../../backends/contract/backend.ts'
import { isOfTheInstance, outcomeOfError } from '../../backends/contract/outcome.ts'
import type { Client } from '../../client/client.ts'
import { formatDuration } from '../../model/duration.ts'
import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { checkRecord } from '../../lint/check.ts'
import { ENDPOINT_RULES } from '../../lint/rules/endpoints.ts'
import { selectRules } from '../../lint/select.ts'
import type { InstanceInit } from '../../model/instance.ts'
import { isOutOfTraffic } from '../../model/status.ts'
import type { UnfitInstance } from '../args/instance-file.ts'
import type { InstanceInput } from '../args/instance-input.ts'
import { type WriteItem, writeResults } from '../change/results.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../../model/count.ts'

export interface RegisterAllOptions extends WriteOptions {
  /** Instances of the same file that cannot be registered. */
  readonly unfit?: readonly UnfitInstance[]
}

/** Registers each instance once, prints the results, also of what was refused, and returns the exit status. @throws RollcallError when nothing was registered */
export async function registerAll(
  context: Context,
  inputs: readonly InstanceInput[],
  { unfit = [], ...options }: RegisterAllOptions,
): Promise<number> {
  const client = await context.client()
  const items: WriteItem[] = unfit.map(refusedOf)
  const codes = new Set<ErrorCode>(unfit.map(({ error }) => error.code))
  const wanted = inputs.map(({ instance, beside }) => ({ instance, ...beside }))
  let first: RollcallError | undefined
  const progress = startProgress(context, 'registered')
  try {
    for await (const known of client.registerEach(wanted, options))
      for (const { at, result, attempted } of known) {
        const instance = wanted[at]?.instance
        if (!instance) continue
        progress.count(at + 1, wanted.length)
        if (!(result instanceof RollcallError)) {
          items.push(await registered(context, instance, result))
          continue
        }
        if (inputs.length + unfit.length === 1) throw result
        if (at === 0 && !isOfTheInstance(result)) first = result
        codes.add(result.code)
        items.push(
          refused(instance, result.message, attempted ? outcomeOfError(instance.id, result).result : 'not-attempted'),
        )
      }
  } finally {
    await progress.stop()
  }
  const isAllRefused = items.every(({ result }) => REFUSED.has(result))
  // The others may have been written together, before the first failed alone; what was sent and not answered is listed.
  if (first && isAllRefused && !items.some(({ result }) => result === 'in-doubt')) throw first
  const status = await writeResults(context, items)
  await sayWhenGone(context, items)
  const [code, ...others] = codes
  const allRefusedAlike = code && others.length === 0 && isAllRefused
  return allRefusedAlike ? statusOf(code) : status
}

/** The result of registering an instance. Reports when the instance reads back under another id: some registries store none. */
export async function registered(
  context: Context,
  instance: InstanceInit,
  registration: Registration,
): Promise<WriteItem> {
  const { name } = instance
  const { action, records, lease, expiresAt, unhealthyAt } = registration
  const readings = await readBack(context, registration)
  const id = readings[0]?.instance.id ?? instance.id
  if (id !== instance.id)
    await context.say(`${name}/${instance.id} reads back as ${name}/${id}, because this registry stores no ids`)
  const out = readings.find(({ observed }) => isOutOfTraffic(observed.status))
  if (out && action !== 'created')
    await context.say(`${name}/${id} stays out of traffic: ${out.observed.reason ?? out.observed.status}`)
  return {
    action: 'register',
    service: name,
    id,
    keys: records.map((record) => record.id),
    result: action,
    ...(lease === undefined ? {} : { lease }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(unhealthyAt === undefined ? {} : { unhealthyAt: new Date(unhealthyAt).toISOString() }),
  }
}

const HAZARDS = selectRules(ENDPOINT_RULES, { severity: 'warning' })
/** Hazards that are named one by one. */
const NAMED = 20

/** Warns of what check-keys will say of the endpoints, by its rules. */
export function warnOfEndpoints(context: Context, { backend }: Client, inputs: readonly InstanceInput[]): void {
  const now = context.now()
  const lines = new Set<string>()
  for (const { instance, beside } of inputs)
    for (const record of backend.encode(instance, beside))
      for (const { message, rule } of checkRecord(
        { record, reading: backend.read(record, now) },
        { rules: HAZARDS, now },
      ))
        lines.add(`${instance.name}/${instance.id}: ${message} (${rule})`)
  for (const line of [...lines].slice(0, NAMED)) context.logger.warn(line)
  if (lines.size > NAMED)
    context.logger.warn(`${amount(lines.size - NAMED, 'more endpoint')} like that; rollcall check-keys lists them`)
}

/** How its records are read, as far as they are read as instances. */
async function readBack(context: Context, { records }: Registration) {
  const { backend } = await context.client()
  const readings = records.map((record) => backend.read(record, context.now()))
  return readings.flatMap((reading) => (reading.is === 'instance' ? [reading] : []))
}

/** The result of an instance that could not be registered. */
export function refusedOf({ instance, error }: UnfitInstance): WriteItem {
  return refused(instance, error.message)
}

const REFUSED: ReadonlySet<WriteItem['result']> = new Set(['failed', 'unsupported', 'in-doubt', 'not-attempted'])

function refused(
  { id, name }: Pick<InstanceInit, 'id' | 'name'>,
  message: string,
  result: WriteItem['result'] = 'failed',
): WriteItem {
  return { action: 'register', service: name, id, keys: [], result, message }
}

/** Reports when a record will be gone, or count as dead, without a heartbeat, and how to renew it. */
async function sayWhenGone(context: Context, items: readonly WriteItem[]): Promise<void> {
  for (const item of items) {
    const { service, id, expiresAt, unhealthyAt = expiresAt } = item
    if (expiresAt === undefined || unhealthyAt === undefined) continue
    const every = `${Math.max(1, Math.floor(secondsUntil(context, unhealthyAt) / 3))}s`
    await context.say(
      `${service}/${id} ${fateOf(context, item)}; rollcall renew ${service}/${id} --every ${every} keeps it, register --keep-alive too`,
    )
  }
}

/** What will become of an instance without a heartbeat, in words. */
function fateOf(context: Context, { expiresAt = '', unhealthyAt, lease }: WriteItem): string {
  const within = (time: string): string => `in ${formatDuration(secondsUntil(context, time) * 1000)}`
  if (unhealthyAt === expiresAt) return `will be unhealthy ${within(unhealthyAt)}`
  if (unhealthyAt !== undefined) return `will be unhealthy ${within(unhealthyAt)} and gone ${within(expiresAt)}`
  return `${lease === undefined ? 'counts as expired' : 'will be gone'} ${within(expiresAt)}`
}

function secondsUntil(context: Context, time: string): number {
  return Math.max(1, Math.round((Date.parse(time) - context.now()) / 1000))
}
