import type { Diagnosis } from '../../model/diagnosis.ts'
import { advice, option } from '../../model/wording.ts'
import { ownCertificate } from '../contract/certificate.ts'
import {
  type DiagnoseContext,
  type Diagnoses,
  diagnosesOf,
  inOrder,
  tried,
  triedReading,
} from '../contract/diagnose.ts'
import { diagnoseServer } from '../contract/diagnose-server.ts'
import { HttpCalls } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import { type Tls, readTls } from '../contract/tls.ts'
import { EurekaApi } from './api.ts'
import { pageDiagnoses, replicaDiagnosis } from './doctor-page.ts'
import { Peers, authorizationOf } from './peers.ts'
import { disagreement } from './remarks.ts'
import { recordsIn } from './scan.ts'

/** The peers by themselves, whether they agree, and the rights of the user. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target, logger } = context
  yield* await ownCertificate(context)
  const tls = target.secure ? await readTls('eureka', target.tls ?? {}) : undefined
  const looks = target.endpoints.map((endpoint) => new PeerLook(context, endpoint, tls))
  try {
    let isUsable = false
    for await (const { diagnoses, isReachable } of inOrder(looks.map((look) => look.all()))) {
      yield* diagnoses
      isUsable ||= isReachable
    }
    if (!isUsable) return
    using api = new EurekaApi(new Peers(target, tls, logger))
    yield* await ofTheRegistry(context, api)
  } finally {
    for (const look of looks) look[Symbol.dispose]()
  }
}

/** One peer, asked by itself. */
class PeerLook implements Disposable {
  readonly #context: DiagnoseContext
  readonly #endpoint: string
  readonly #tls: Tls | undefined
  readonly #api: EurekaApi
  readonly #calls: HttpCalls

  constructor(context: DiagnoseContext, endpoint: string, tls: Tls | undefined) {
    this.#context = context
    this.#endpoint = endpoint
    this.#tls = tls
    this.#api = new EurekaApi(new Peers({ ...context.target, endpoints: [endpoint] }, tls, context.logger))
    this.#calls = new HttpCalls({ tls })
  }

  async all(): Promise<{ readonly diagnoses: readonly Diagnosis[]; readonly isReachable: boolean }> {
    const api = this.#api
    const server = await diagnoseServer(this.#context, {
      endpoint: this.#endpoint,
      ask: (signal) => api.hasApplication('rollcall', signal),
      serverTime: () => api.serverTime,
      tls: this.#tls,
    })
    const { about, isReachable } = server
    if (!isReachable) return server
    // As JSON, the servers of Spring Cloud answer with an internal error.
    const replicas = await tried(this.#context, about, 'replicas', async (signal) =>
      replicaDiagnosis(about, await this.#page(`${this.#context.target.url.path}/status`, 'application/xml', signal)),
    )
    return { isReachable, diagnoses: [...server.diagnoses, ...replicas, ...(await this.#preservation(about))] }
  }

  /** The page for people alone tells how many renewals come; without it, leases that have ended and are kept tell it, too. */
  async #preservation(about: Diagnoses): Promise<readonly Diagnosis[]> {
    return await tried(this.#context, about, 'self-preservation', async (signal) => {
      const found = pageDiagnoses(about, await this.#page('/', 'text/html', signal))
      if (found.length > 0) return found
      const kept = new Set<string>()
      const { now, logger } = this.#context
      await recordsIn({ api: this.#api, now, logger, kept }, {}, signal)
      if (kept.size === 0) return about.ok('self-preservation', 'no lease that has ended is kept')
      const fact = `${kept.size === 1 ? '1 lease that has ended is' : `${kept.size} leases that have ended are`} kept`
      return about.warning('self-preservation', fact, whyPreserved())
    })
  }

  /** Empty where the server does not show it. */
  async #page(path: string, accept: string, signal: AbortSignal): Promise<string> {
    const { target } = this.#context
    const authorization = authorizationOf(target)
    const url = new URL(`${target.secure ? 'https' : 'http'}://${this.#endpoint}${path}`)
    const headers = { accept, ...(authorization !== undefined && { authorization }) }
    try {
      const { status, text } = await this.#calls.text({ url, headers, timeout: target.requestTimeout, signal })
      return status === 200 ? text : ''
    } catch (error) {
      if (error instanceof HttpFailure) return ''
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#api[Symbol.dispose]()
    this.#calls[Symbol.dispose]()
  }
}

const whyPreserved = () =>
  `find out why too few heartbeats come: the network, or many instances that ended without deregistering; ${advice('purgeExpired')} removes those`

async function ofTheRegistry(context: DiagnoseContext, api: EurekaApi): Promise<readonly Diagnosis[]> {
  const { target, now, logger } = context
  const about = diagnosesOf(target.display)
  const members = await tried(context, about, 'members', async (signal) => {
    if (api.endpoints.length < 2) return undefined
    const said = await disagreement({ api, now, logger, kept: new Set() }, signal)
    if (said.length === 0) return about.ok('members', `${api.endpoints.length} peers have the same instances`)
    return said.map((fact) =>
      about.warning('members', fact, 'look again in half a minute; if it stays, they cannot replicate to each other'),
    )
  })
  const read = await triedReading(context, about, `name another user with ${option('user')}`, async (signal) => {
    const { instances } = await api.list(signal)
    return `has permission to list what is registered: ${instances.length === 1 ? '1 record' : `${instances.length} records`}`
  })
  return [...members, ...read, about.unknown('write', 'Eureka does not tell what a user has permission to write')]
}
