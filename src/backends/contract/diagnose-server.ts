import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { advice } from '../../model/wording.ts'
import { certificateOf } from './certificate.ts'
import { type DiagnoseContext, type Diagnoses, diagnosesOf } from './diagnose.ts'
import { placeOf } from './host-port.ts'
import type { Tls } from './tls.ts'

/** Milliseconds for one request above which a server is slow. */
const SLOW = 1_000
/** Milliseconds between two clocks that matter for ages, and those after which an AIO record seems expired. */
const APART = 5_000
const FAR_APART = 30_000
/** Servers tell their time in whole seconds. */
const SECOND = 1_000

/** One server of a registry. */
export interface ServerToDiagnose {
  /** `host:port`. */
  readonly endpoint: string
  /** One small request to this server alone that takes no permission, if the registry has one. Rejects with a RollcallError. */
  readonly ask: (signal: AbortSignal) => Promise<unknown>
  /** The server's time now, as its latest answer told it (milliseconds since 1970). Left out: it tells none. */
  readonly serverTime?: () => number | undefined
  /** Left out: it is spoken to without TLS, or through somebody else. */
  readonly tls?: Pick<Tls, 'context' | 'serverName'> | undefined
}

/** What every server is asked. */
export interface DiagnosedServer {
  readonly about: Diagnoses
  readonly diagnoses: readonly Diagnosis[]
  /** It answered, be it with a refusal: whatever else there is to ask can be asked. */
  readonly isReachable: boolean
}

/** Whether a server answers, how fast, how long its certificate is valid and what time it has. */
export async function diagnoseServer(
  context: DiagnoseContext,
  { endpoint, ask, serverTime, tls }: ServerToDiagnose,
): Promise<DiagnosedServer> {
  const about = diagnosesOf(endpoint)
  const certificate = tls ? certificateOf(context, about, { ...tls, ...placeOf(endpoint) }) : Promise.resolve([])
  certificate.catch(() => {})
  const reached = await reach(context, about, ask)
  const clock = reached.isReachable ? clockOf(about, serverTime?.(), context.now()) : []
  return {
    about,
    isReachable: reached.isReachable,
    diagnoses: [...reached.diagnoses, ...(await certificate), ...clock],
  }
}

/** The first request opens the connection; the second one shows how long an answer takes. */
async function reach({ signal }: DiagnoseContext, about: Diagnoses, ask: ServerToDiagnose['ask']) {
  try {
    await answered(ask, signal)
    const began = performance.now()
    await answered(ask, signal)
    return {
      isReachable: true,
      diagnoses: [about.ok('reachable', 'answers'), latency(about, performance.now() - began)],
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof RollcallError)) throw error
    return { isReachable: false, diagnoses: [unreachable(about.subject, error)] }
  }
}

/** A refusal is an answer. */
async function answered(ask: ServerToDiagnose['ask'], signal: AbortSignal): Promise<void> {
  try {
    await ask(signal)
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'forbidden') throw error
  }
}

/** For a server, or a file, that cannot be used. */
export function unreachable(subject: string, { code, message, hint }: RollcallError): Diagnosis {
  const fix = hint ?? `is it running, and at that address?${advice('addressFrom')}`
  return { subject, check: 'reachable', state: 'error', fact: message, fix, code }
}

function latency({ ok, warning }: Diagnoses, milliseconds: number): Diagnosis {
  const value = Math.round(milliseconds * 10) / 10
  const measure = { value, unit: 'milliseconds' } as const
  const fact = `${value < 10 ? value : Math.round(value)} ms for one request`
  if (milliseconds < SLOW) return ok('latency', fact, measure)
  return warning('latency', fact, 'look at the load of the server, and at the network in between', measure)
}

/** Pure. `time`: undefined for a server that does not tell its own. */
export function clockOf(
  { ok, warning, error }: Diagnoses,
  time: number | undefined,
  now: number,
): readonly Diagnosis[] {
  if (time === undefined) return []
  const apart = now < time ? time - now : Math.min(0, time + SECOND - now)
  const seconds = Math.round(apart / 1000)
  const measure = { value: seconds, unit: 'seconds' } as const
  if (Math.abs(apart) < APART) return [ok('clock', 'agrees with the clock of this machine', measure)]
  const fact = `its clock is ${Math.abs(seconds)}s ${apart > 0 ? 'ahead of' : 'behind'} that of this machine`
  const fix = 'synchronize both (NTP): ages, and what counts as expired, are wrong by as much'
  return [(Math.abs(apart) < FAR_APART ? warning : error)('clock', fact, fix, measure)]
}
