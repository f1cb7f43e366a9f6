import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError, isAccessDenied } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import { type DiagnoseContext, type Diagnoses, tried } from '../contract/diagnose.ts'
import { prefixToWrite } from '../kv/context.ts'
import { type KeyRange, rangeText } from '../kv/store.ts'
import { CallFailure, rangeRequest } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { lookUp } from './leases.ts'
import { permitted } from './permissions.ts'

/** Leases that are looked at. */
const LOOKED_AT = 1_000
const NAMED = 5

/** What the user has permission to do where instances are written, as etcd's own roles have it. */
export async function rightsDiagnoses(
  context: DiagnoseContext,
  about: Diagnoses,
  cluster: Cluster,
): Promise<readonly Diagnosis[]> {
  const range = prefixToWrite(context.target, 'flat').range
  const where = rangeText(range)
  return await tried(context, about, 'read', async (signal) => {
    const refused = await refusal(cluster, range, signal)
    if (refused?.code === 'unauthenticated') return about.error('read', refused.message, refused.hint ?? howToLogIn())
    if (cluster.user === undefined) return withoutUser(context, about, where, refused)
    try {
      const { read, write } = await permitted(cluster, range, signal)
      const user = `the user "${cluster.user}"`
      return [
        right(about, 'read', { range, parts: read, where, user }),
        right(about, 'write', { range, parts: write, where, user }),
      ]
    } catch (error) {
      if (!isUnknownUser(error) || refused) throw error
      return everyone(about, where)
    }
  })
}

const howToLogIn = () => `name a user with ${option('user')}; the password goes into ${option('password')}`

/** Why a read is refused; undefined where it is not. */
async function refusal(cluster: Cluster, range: KeyRange, signal: AbortSignal): Promise<RollcallError | undefined> {
  try {
    const request = { ...rangeRequest(range), limit: 1, keys_only: true }
    await cluster.read(`read ${rangeText(range)}`, (member) => member.range(request, signal), signal)
    return undefined
  } catch (error) {
    if (isAccessDenied(error)) return error
    throw error
  }
}

/** The name in a client certificate need not be that of a user: without authentication there are none. */
function isUnknownUser(error: unknown): boolean {
  return (
    error instanceof RollcallError &&
    error.cause instanceof CallFailure &&
    /user name not found/.test(error.cause.details)
  )
}

function everyone({ ok }: Diagnoses, where: string): Diagnosis[] {
  const fact = `${where}: authentication is not enabled, so everyone has permission`
  return [ok('read', fact), ok('write', fact)]
}

/** Without a user, or with a token that does not tell whose it is. */
function withoutUser(
  { target: { token } }: DiagnoseContext,
  about: Diagnoses,
  where: string,
  refused: RollcallError | undefined,
): Diagnosis[] {
  if (refused) return [about.error('read', refused.message, 'use a user with a role for it')]
  if (token === undefined) return everyone(about, where)
  return [
    about.ok('read', `the token has permission to read ${where}`),
    about.unknown('write', 'the token does not name its user, whose roles would tell'),
  ]
}

interface Right {
  readonly range: KeyRange
  /** Where it is given. */
  readonly parts: readonly KeyRange[]
  readonly where: string
  readonly user: string
}

function right(
  { ok, warning, error }: Diagnoses,
  verb: 'read' | 'write',
  { range, parts, where, user }: Right,
): Diagnosis {
  const grant = `etcdctl role grant-permission ROLE ${verb === 'read' ? 'read' : 'readwrite'} --prefix gives it`
  const [only] = parts
  if (!only) {
    const fact = `${user} has no permission to ${verb} ${where}`
    return verb === 'read'
      ? error(verb, fact, grant)
      : warning(verb, fact, `${grant}; a user who only reads needs none`)
  }
  const isWhole =
    parts.length === 1 && Buffer.compare(only.start, range.start) === 0 && Buffer.compare(only.end, range.end) === 0
  if (isWhole) return ok(verb, `${user} has permission to ${verb} ${where}`)
  return warning(
    verb,
    `${user} has permission to ${verb} only parts of ${where}: ${parts.slice(0, NAMED).map(rangeText).join(', ')}`,
    grant,
  )
}

/** Leases without keys are left behind by processes that lost their records, or grant one again and again. */
export async function leaseDiagnosis(about: Diagnoses, cluster: Cluster, signal: AbortSignal): Promise<Diagnosis> {
  const all = await cluster.read('list the leases', (member) => member.leases(signal), signal)
  const states = await lookUp(cluster, all.slice(0, LOOKED_AT), { keys: true, signal })
  const empty = [...states].filter(([, { keys }]) => keys?.length === 0).map(([lease]) => lease)
  const measure = { value: empty.length, unit: 'count' } as const
  const looked = all.length > LOOKED_AT ? ` of the first ${LOOKED_AT} looked at` : ''
  const total = all.length === 1 ? '1 lease' : `${all.length} leases`
  if (empty.length === 0) return about.ok('leases', `${total}, each with keys${looked}`, measure)
  const named = `${empty.slice(0, NAMED).join(', ')}${empty.length > NAMED ? ', …' : ''}`
  return about.warning(
    'leases',
    `${total}, ${empty.length}${looked} without keys: ${named}`,
    'a process that is just registering has one for a moment; if they stay, look for one that lost its record and keeps the lease alive',
    measure,
  )
}
