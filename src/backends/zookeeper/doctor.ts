import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { ownCertificate } from '../contract/certificate.ts'
import { type DiagnoseContext, type Diagnoses, diagnosesOf, inOrder, tried } from '../contract/diagnose.ts'
import { diagnoseServer } from '../contract/diagnose-server.ts'
import { ServerError, askWord, exists } from './client/index.ts'
import { rightsDiagnoses } from './doctor-rights.ts'
import { type ServerReport, reportIn, serverDiagnoses, serversDiagnoses, sessionDiagnosis } from './doctor-server.ts'
import { Ensemble, type EnsembleOptions } from './ensemble.ts'
import { ensembleOptions } from './opening.ts'

/** The servers by themselves, what they say of each other, the rights of the user. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target } = context
  yield* await ownCertificate(context)
  const options = await ensembleOptions(target)
  const looks = options.endpoints.map((endpoint) => new ServerLook(context, { ...options, endpoints: [endpoint] }))
  try {
    const seen: ServerReport[] = []
    let usable: Ensemble | undefined
    for await (const { diagnoses, report, ensemble } of inOrder(looks.map((look) => look.all()))) {
      yield* diagnoses
      if (report) seen.push(report)
      usable ??= ensemble
    }
    const about = diagnosesOf(target.display)
    yield* serversDiagnoses(about, seen)
    if (!usable) return
    const missing = await chrootDiagnosis(context, about, usable)
    yield* missing
    if (missing.length === 0) yield* await rightsDiagnoses(context, about, { ensemble: usable, login: options.login })
  } finally {
    await Promise.all(looks.map((look) => look.close()))
  }
}

/** The node that the URL names as the root has to be there; nothing to say where it is, or none is named. */
async function chrootDiagnosis(
  context: DiagnoseContext,
  about: Diagnoses,
  ensemble: Ensemble,
): Promise<readonly Diagnosis[]> {
  return await tried(context, about, 'namespace', async (signal) => {
    try {
      await ensemble.explaining('look at the root', () => ensemble.requireChroot(signal))
      return undefined
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code !== 'config') throw error
      return about.error('namespace', error.message, error.hint ?? 'check the path of the URL')
    }
  })
}

interface Seen {
  readonly diagnoses: readonly Diagnosis[]
  readonly report?: ServerReport
  /** Where it serves. */
  readonly ensemble?: Ensemble
}

/** One server, asked by itself: with a session, and with the words that operators use. */
class ServerLook {
  readonly #context: DiagnoseContext
  readonly #options: EnsembleOptions
  readonly #ensemble: Ensemble

  constructor(context: DiagnoseContext, options: EnsembleOptions) {
    this.#context = context
    this.#options = options
    this.#ensemble = new Ensemble(options)
  }

  async all(): Promise<Seen> {
    const [endpoint = ''] = this.#options.endpoints
    const { tls } = this.#options
    const ensemble = this.#ensemble
    const server = await diagnoseServer(this.#context, {
      endpoint,
      ask: (signal) =>
        ensemble.explaining('look at the root', () => ensemble.main.request(exists('/'), signal).catch(answered)),
      tls: tls?.secureContext && { context: tls.secureContext, serverName: tls.serverName },
    })
    const { about, isReachable } = server
    // A server without a quorum refuses sessions, and says so in these words.
    const words = await this.#words(about)
    const diagnoses = [...server.diagnoses, ...words.diagnoses]
    return { diagnoses, ...(words.report && { report: words.report }), ...(isReachable && { ensemble }) }
  }

  async #words(about: Diagnoses): Promise<Seen> {
    const srvr = await this.#tell('srvr')
    if (srvr === undefined) return { diagnoses: [] }
    if (isRefused(srvr)) return { diagnoses: [about.unknown('role', notAllowed('srvr'), allow('srvr'))] }
    const report = reportIn(about, srvr)
    const sessions = await tried(this.#context, about, 'sessions', async () => {
      const mntr = (await this.#tell('mntr')) ?? ''
      return isRefused(mntr)
        ? about.unknown('sessions', notAllowed('mntr'), allow('mntr'))
        : sessionDiagnosis(about, mntr)
    })
    return { diagnoses: [...serverDiagnoses(report), ...sessions], report }
  }

  /** Undefined where there is no answer: the check of the session reports a server that is away. */
  async #tell(word: string): Promise<string | undefined> {
    const { signal, target, logger } = this.#context
    const [endpoint = ''] = this.#options.endpoints
    try {
      return await askWord(word, { endpoint, tls: this.#options.tls, patience: target.requestTimeout, signal })
    } catch (error) {
      signal.throwIfAborted()
      logger.debug(`zookeeper: ${endpoint} does not answer ${word}: ${messageOf(error)}`)
      return undefined
    }
  }

  close(): Promise<void> {
    return this.#ensemble.close()
  }
}

/** Accepts any answer of a server, be it that the root is not there; throws everything else. */
function answered(error: unknown): void {
  if (!(error instanceof ServerError)) throw error
}

function isRefused(answer: string): boolean {
  return answer.includes('is not in the whitelist')
}

function notAllowed(word: string): string {
  return `the server does not answer ${word}: it is not in its 4lw.commands.whitelist`
}

function allow(word: string): string {
  return `add it to zoo.cfg: 4lw.commands.whitelist=srvr, ${word === 'srvr' ? 'mntr' : word}`
}
