import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { escapeKey } from '../../model/key.ts'
import { keyOfOperation, type Operation, type OperationOutcome } from '../kv/store.ts'
import {
  type NodeChange,
  ConnectionLoss,
  exists,
  isServerError,
  multi,
  NeverSent,
  NoAnswer,
  NobodyServes,
  only,
  OpCode,
  ServerCode,
  ServerError,
  type Session,
  type Stat,
  sync,
  TooLarge,
} from './client/index.ts'
import type { Ensemble } from './ensemble.ts'
import { makeFolders, type SeenNode, type Step, isOn, stepOf } from './steps.ts'
import { pathOf, requirePath } from './paths.ts'
import { leaseOf } from './nodes.ts'
import type { Sessions } from './sessions.ts'

/** Operations in flight at once. */
const ABREAST = 500
/** Attempts for operations without a guard while others change the node between reading and writing. */
const ATTEMPTS = 64

/** Errors of a node that has changed since it was read. */
const OVERTAKEN: readonly number[] = [ServerCode.badVersion, ServerCode.nodeExists, ServerCode.noNode]

/** Errors that concern one operation and say nothing about the others. */
const OF_ONE: ReadonlySet<ErrorCode> = new Set(['forbidden', 'refused', 'usage', 'storage'])

/** Errors after which the outcome of an operation is unknown, or it was not sent. */
const SILENCE: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout'])

interface Means {
  readonly ensemble: Ensemble
  readonly sessions: Sessions
  readonly signal?: AbortSignal | undefined
}

/**
 * Carries out each operation independently, many at once, with an outcome for each. If the servers stop answering, the
 * operations in flight have `failed` with that error, and so have the rest. @throws that error if none was answered
 */
export async function writeEach(means: Means, operations: readonly Operation[]): Promise<OperationOutcome[]> {
  const outcomes: OperationOutcome[] = []
  while (outcomes.length < operations.length) {
    const part = operations.slice(outcomes.length, outcomes.length + ABREAST)
    const paths = part.map((operation) => pathOf(keyOfOperation(operation)) ?? '/')
    const stats = await look(means, paths).catch(beforeAnyChange)
    outcomes.push(...(await Promise.all(part.map((operation, at) => answered(means, operation, [stats[at]])))))
    const [silence] = outcomes.flatMap(({ error }) => (error && SILENCE.has(error.code) ? error : []))
    if (silence && outcomes.every(({ error }) => error && SILENCE.has(error.code))) throw silence
    if (silence) return [...outcomes, ...operations.slice(outcomes.length).map(() => untried(silence))]
  }
  return outcomes
}

/** Marks a missing answer as never sent: nothing was changed yet, so nothing is in doubt. */
function beforeAnyChange(error: unknown): never {
  throw error instanceof NoAnswer ? new NoAnswer(error.endpoint, error.timeout, true) : error
}

function untried({ code, message, hint }: RollcallError): OperationOutcome {
  const cause = new NeverSent('', message)
  return { result: 'failed', error: new RollcallError(code, message, { cause, ...(hint !== undefined && { hint }) }) }
}

/** Carries out one operation; a refusal or a missing answer becomes its outcome. */
async function answered(means: Means, operation: Operation, seen: readonly Look[]): Promise<OperationOutcome> {
  try {
    const [outcome] = await writeTogether(means, [operation], seen)
    return outcome ?? { result: 'changed' }
  } catch (error) {
    const isSilence = error instanceof ConnectionLoss || error instanceof NoAnswer || error instanceof NobodyServes
    const doing = isSilence ? 'make the change' : `write ${escapeKey(keyOfOperation(operation))}`
    const explained = means.ensemble.explain(error, doing)
    if (explained instanceof RollcallError && (isSilence || OF_ONE.has(explained.code)))
      return { result: 'failed', error: explained }
    throw error
  }
}

/** Carries out all operations at one revision, or none. `seen`: the state of the nodes, if it was just read. */
export async function writeTogether(
  means: Means,
  operations: readonly Operation[],
  seen?: readonly Look[],
): Promise<OperationOutcome[]> {
  const paths = operations.map((operation) => requirePath(keyOfOperation(operation)))
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const looks = attempt === 0 && seen ? seen : await look(means, paths)
    const nodes = operations.map((operation, at): SeenNode => {
      const stat = looks[at]
      if (stat instanceof ServerError) throw stat
      return { operation, path: paths[at] ?? '', stat }
    })
    const outcomes = await attemptAll(means, nodes)
    if (outcomes) return outcomes
  }
  return operations.map(() => ({ result: 'changed' }))
}

/**
 * Undefined when an operation without a guard failed because the node changed after it was read: then it can be tried
 * again.
 */
async function attemptAll(means: Means, seen: readonly SeenNode[]): Promise<OperationOutcome[] | undefined> {
  const { ensemble, signal } = means
  const steps = seen.map((each) => stepOf(each, ensemble.acl))
  const [first] = steps
  if (first && 'outcome' in first && steps.length === 1) return [first.outcome]
  if (steps.some((step, at) => stops(step, seen[at]))) return seen.map(() => ({ result: 'changed' }))
  const session = sessionFor(means, seen)
  const changes = steps.flatMap((step) => ('changes' in step ? step.changes : []))
  try {
    const zxid = await commit(ensemble, changes, { session, signal })
    remember(means, seen)
    return steps.map((step, at) => outcomeOf(step, seen[at], zxid))
  } catch (error) {
    if (!isServerError(error, ...OVERTAKEN)) throw error
    const expected = seen.every(({ operation }) => operation.expect !== undefined)
    if (!expected) return undefined
    const gone = seen.length === 1 && error.code === ServerCode.noNode && seen.some(({ stat }) => stat)
    return seen.map(({ operation }) => ({ result: gone && 'delete' in operation ? 'absent' : 'changed' }))
  }
}

function outcomeOf(step: Step, seen: SeenNode | undefined, zxid: bigint): OperationOutcome {
  if ('outcome' in step) return step.outcome
  return seen && 'check' in seen.operation ? { result: 'done' } : { result: 'done', revision: String(zxid) }
}

/** Whether a step without changes stops the others. A missing node stops them only if the deletion expected a revision. */
function stops(step: Step, seen: SeenNode | undefined): boolean {
  return 'outcome' in step && (step.outcome.result === 'changed' || seen?.operation.expect !== undefined)
}

async function commit(
  ensemble: Ensemble,
  changes: readonly NodeChange[],
  { session, signal }: { session: Session; signal?: AbortSignal | undefined },
): Promise<bigint> {
  const [first, ...others] = changes
  if (!first) return session.zxid
  const request = others.length === 0 && first.op !== OpCode.check ? only(first) : multi(changes)
  const send = async (): Promise<bigint> => {
    try {
      return (await session.request(request, signal)).zxid
    } catch (error) {
      if (!(error instanceof TooLarge) || !(await ensemble.takes(error.bytes, signal))) throw error
      return (await session.request(request, signal)).zxid
    }
  }
  const zxid = await send().catch(async (error: unknown) => {
    if (!isServerError(error, ServerCode.noNode) || !changes.some(({ op }) => op === OpCode.create)) throw error
    const paths = changes.map(({ path }) => path)
    const refusal = await makeFolders(ensemble, paths, { session, signal })
    return send().catch((again: unknown) => {
      throw isServerError(again, ServerCode.noNode) ? (refusal ?? again) : again
    })
  })
  ensemble.saw(zxid)
  return zxid
}

/** The state of a node, undefined if it is missing, or the error for which it cannot be read. */
type Look = Stat | undefined | ServerError

/** Reads the state of nodes as the leader has it. */
async function look({ ensemble, signal }: Means, paths: readonly string[]): Promise<Look[]> {
  const { main } = ensemble
  const synced = main.request(sync('/'), signal)
  const looks = paths.map(async (path) => {
    try {
      return (await main.request(exists(path), signal)).answer
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      return error.code === ServerCode.noNode ? undefined : error
    }
  })
  const [stats] = await Promise.all([Promise.all(looks), synced])
  return stats
}

/**
 * The session in which to write. Ephemeral nodes are created in the session with which they end; throws `not-found` if it
 * is not of this process. A change that checks a node of one of our sessions is written in that session, so that the
 * servers refuse it once the session has expired: a version alone would not distinguish the node from its successor.
 */
function sessionFor({ ensemble, sessions }: Means, seen: readonly SeenNode[]): Session {
  for (const { operation, stat } of seen) {
    const held = 'check' in operation && stat && sessions.of(leaseOf(stat.owner))
    if (held) return held
    if (!('put' in operation) || operation.lease === undefined) continue
    const own = sessions.of(operation.lease)
    if (own) return own
    if (stat && isOn(stat, operation.lease)) continue
    throw new RollcallError(
      'not-found',
      `zookeeper: the session 0x${operation.lease} has expired or belongs to another process`,
      {
        hint: 'only the process that opened a session can create nodes in it',
      },
    )
  }
  return ensemble.main
}

function remember({ sessions }: Means, seen: readonly SeenNode[]): void {
  for (const { operation, path } of seen)
    if ('put' in operation && operation.lease !== undefined) sessions.made(operation.lease, path)
}
