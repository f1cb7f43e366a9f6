import { open } from 'node:fs/promises'
import { newFile } from '../../config/new-file.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { FILE_FORMAT, requireFormat } from '../../model/file-format.ts'
import { valueHash } from '../../model/value-hash.ts'
import { advice } from '../../model/wording.ts'
import type { Client } from '../client.ts'
import type { PlanFlags, PlannedRecord, RemovalPlan } from './plan-file.ts'
import type { PurgePlan } from './plan.ts'
import type { PlannedRemoval } from './removal.ts'
import { placeOf } from './plan-place.ts'
import { refuseForeign } from './same-plan.ts'

/** Bytes of a plan: more than a million records. */
const LONGEST = 512 * 1024 * 1024

/** Where a plan is written, and how its records were chosen, so that whoever applies it can choose again. */
export interface PlanFileOptions {
  /** A new file. */
  readonly path: string
  /** The services that were named; all of them where that is left out. */
  readonly services?: readonly string[]
  /** What chose the records, as flags of `rollcall purge`, from which `rollcall apply` makes the plan again. */
  readonly flags?: Partial<PlanFlags>
  /** The name of the context in force. */
  readonly context?: string
  /** The clock, in milliseconds since 1970; that of this machine by default. */
  readonly now?: () => number
}

/**
 * Writes a plan of `planPurge` to a file, for another person or a later day: to a new one, whole or not at all, readable by its owner alone.
 * `readPlanFile` reads it; `rollcall apply` carries it out.
 * @throws RollcallError `usage` where it cannot be written, or could not be read again; `refused` for records of other programs, which such a plan never removes
 */
export async function writePlanFile(
  client: Client,
  plan: PurgePlan,
  { path, services = [], flags = {}, context, now = Date.now }: PlanFileOptions,
): Promise<void> {
  refuseForeign(plan)
  const head = { apiVersion: FILE_FORMAT, kind: 'RemovalPlan', at: new Date(now()).toISOString() }
  const place = { ...placeOf(client), ...(context !== undefined && { context }) }
  const content = { ...head, ...place, services, flags: { ...flags }, records: plan.records.map(plannedRecord) }
  const readable = { ...content, flags: requireReadable(path, content).flags }
  await using file = await newFile(path)
  await file.append(`${JSON.stringify(readable, null, 2)}\n`)
  await file.complete()
}

/** What the plan says to whoever reads it. @throws RollcallError `usage` where that would be nothing */
function requireReadable(path: string, content: object): RemovalPlan {
  try {
    return planFrom(content)
  } catch (error) {
    throw new RollcallError('usage', `cannot write ${path}: nobody could read the plan again: ${messageOf(error)}`, {
      hint: 'flags and services are as `PlanFileOptions` has them',
      cause: error,
    })
  }
}

function plannedRecord({ record, key, service, id, reason, revision }: PlannedRemoval): PlannedRecord {
  const known = { ...(id !== undefined && { id }), reason, ...(revision !== undefined && { revision }) }
  return { key, service, ...known, hash: valueHash(record.body) }
}

/**
 * Reads a plan from a file, which anybody may have written: nothing in it is taken but what a plan has. Before it is carried out,
 * `requireSamePlan` compares it with what is there now.
 * @throws RollcallError `usage` for a file that is not a plan, naming what is wrong
 */
export async function readPlanFile(path: string): Promise<RemovalPlan> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > LONGEST) throw new Error(`it has ${size} bytes, and a plan has ${LONGEST} at most`)
    const content: unknown = JSON.parse(await file.readFile('utf8'))
    requireFormat(path, content)
    return planFrom(content)
  } catch (error) {
    if (error instanceof RollcallError) throw error
    throw new RollcallError('usage', `${path} is not a readable plan: ${messageOf(error).split('\n')[0]}`, {
      hint: `name a file that ${advice('planFile')} wrote`,
      cause: error,
    })
  }
}

function planFrom(content: unknown): RemovalPlan {
  const plan = object(content, 'the file')
  if (plan.kind !== 'RemovalPlan' || plan.apiVersion !== FILE_FORMAT)
    throw new Error(`its kind is not RemovalPlan of ${FILE_FORMAT}`)
  return {
    at: text(plan.at, 'at'),
    registry: text(plan.registry, 'registry'),
    ...optional(plan, 'prefix'),
    ...optional(plan, 'layout'),
    ...optional(plan, 'context'),
    services: texts(plan.services, 'services'),
    flags: flagsFrom(object(plan.flags, 'flags')),
    records: list(plan.records, 'records').map((record, at) => recordFrom(record, `record ${at + 1}`)),
  }
}

const FLAGS: readonly string[] = [
  'malformed',
  'rule',
  'noLease',
  'status',
  'unreachable',
  'emptyNodes',
  'selector',
  'version',
  'scheme',
  'env',
  'host',
  'tag',
  'noProxies',
  'olderThan',
] satisfies readonly (keyof PlanFlags)[]

function flagsFrom(flags: Record<string, unknown>): PlanFlags {
  const unknown = Object.keys(flags).find((name) => !FLAGS.includes(name))
  if (unknown !== undefined) throw new Error(`flags.${unknown} is not a flag that a plan can have`)
  const isOn = (name: string): boolean => {
    const value = flags[name] ?? false
    if (typeof value === 'boolean') return value
    throw new Error(`flags.${name} is neither true nor false`)
  }
  const listed = (name: string): string[] => texts(flags[name] ?? [], `flags.${name}`)
  return {
    malformed: isOn('malformed'),
    rule: listed('rule'),
    noLease: isOn('noLease'),
    status: listed('status'),
    unreachable: isOn('unreachable'),
    emptyNodes: isOn('emptyNodes'),
    selector: listed('selector'),
    version: listed('version'),
    scheme: listed('scheme'),
    env: listed('env'),
    host: listed('host'),
    tag: listed('tag'),
    noProxies: isOn('noProxies'),
    olderThan: flags.olderThan === undefined ? undefined : text(flags.olderThan, 'flags.olderThan'),
  }
}

function recordFrom(value: unknown, what: string): PlannedRecord {
  const record = object(value, what)
  return {
    key: text(record.key, `the key of ${what}`),
    service: text(record.service, `the service of ${what}`),
    ...optional(record, 'id'),
    reason: text(record.reason, `the reason of ${what}`),
    ...optional(record, 'revision'),
    hash: text(record.hash, `the hash of ${what}`),
  }
}

function optional<Name extends string>(from: Record<string, unknown>, name: Name): { [Key in Name]?: string } {
  return from[name] === undefined ? {} : ({ [name]: text(from[name], name) } as { [Key in Name]: string })
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw new Error(`${what} is not a text`)
}

function texts(value: unknown, what: string): string[] {
  return list(value, what).map((each) => text(each, `a part of ${what}`))
}

function list(value: unknown, what: string): unknown[] {
  if (Array.isArray(value)) return value
  throw new Error(`${what} is not a list`)
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Error(`${what} is not an object`)
}
