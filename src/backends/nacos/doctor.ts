import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
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
import { type Tls, readTls } from '../contract/tls.ts'
import { NacosApi } from './api.ts'
import { placeIn } from './context.ts'
import { type NodeReport, namingDiagnoses, nodeDiagnoses, nodesDiagnoses, reportIn } from './doctor-nodes.ts'
import { isCreated, neverCreated } from './namespaces.ts'
import { Nodes } from './nodes.ts'

/** The nodes by themselves, what they say of each other, the namespace and the rights of the user. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target } = context
  yield* await ownCertificate(context)
  const tls = target.secure ? await readTls('nacos', target.tls ?? {}) : undefined
  const looks = target.endpoints.map((endpoint) => new NodeLook(context, endpoint, tls))
  try {
    const seen: NodeReport[] = []
    let usable: NodeLook | undefined
    for await (const { diagnoses, report, look } of inOrder(looks.map((each) => each.all()))) {
      yield* diagnoses
      if (report) seen.push(report)
      usable ??= look
    }
    const about = diagnosesOf(target.display)
    yield* nodesDiagnoses(about, seen)
    if (usable) yield* await rights(context, about, usable.api, seen)
  } finally {
    for (const look of looks) look.api[Symbol.dispose]()
  }
}

interface Seen {
  readonly diagnoses: readonly Diagnosis[]
  readonly report?: NodeReport
  readonly look?: NodeLook
}

/** One node, asked by itself. */
class NodeLook {
  readonly api: NacosApi
  readonly #context: DiagnoseContext
  readonly #endpoint: string
  readonly #tls: Tls | undefined
  /** Where its API begins. */
  readonly #url: string

  constructor(context: DiagnoseContext, endpoint: string, tls: Tls | undefined) {
    const { target, logger, now } = context
    const { contextPath } = placeIn(target)
    this.#url = `${target.secure ? 'https' : 'http'}://${endpoint}${contextPath}`
    this.#context = context
    this.#endpoint = endpoint
    this.#tls = tls
    this.api = new NacosApi(new Nodes({ ...target, endpoints: [endpoint] }, { contextPath, tls, logger, now }))
  }

  async all(): Promise<Seen> {
    const { api } = this
    let state: unknown
    const server = await diagnoseServer(this.#context, {
      endpoint: this.#endpoint,
      ask: async (signal) => {
        state = await api.operator('state', signal)
      },
      serverTime: () => api.serverTime,
      tls: this.#tls,
    })
    const { about, isReachable } = server
    if (!isReachable) return { diagnoses: server.diagnoses }
    let report = reportIn(about, { state })
    const naming = await tried(this.#context, about, 'naming', async (signal) => {
      const [metrics, switches] = [await api.operator('metrics', signal), await api.operator('switches', signal)]
      report = reportIn(about, { state, metrics })
      const url = this.#url + (await api.operatorPath('switches', signal))
      return namingDiagnoses(about, { metrics, switches, url })
    })
    const members = await tried(this.#context, about, 'members', async (signal) =>
      nodeDiagnoses(about, await api.operator('nodes', signal)),
    )
    const version = report.version === '' ? [] : [about.ok('version', `Nacos ${report.version}`)]
    return { diagnoses: [...server.diagnoses, ...version, ...naming, ...members], report, look: this }
  }
}

/** Nacos does not tell what a user has permission to write; where it asks for none, everyone has. */
async function rights(
  context: DiagnoseContext,
  about: Diagnoses,
  api: NacosApi,
  seen: readonly NodeReport[],
): Promise<readonly Diagnosis[]> {
  const { namespace, group } = placeIn(context.target)
  const fix = 'a role with a permission for the namespace gives it'
  const read = await triedReading(context, about, fix, async (signal) => {
    await api.services({ namespace, group }, signal)
    return `has permission to list the services of namespace ${namespace}`
  })
  const found = [...read, ...(await namespaceOf(context, about, api))]
  const isOpen = seen.length > 0 && seen.every(({ asksForLogin }) => asksForLogin === false)
  if (isOpen) return [...found, about.ok('write', 'Nacos asks for no login, so everyone has permission')]
  return [...found, about.unknown('write', 'Nacos does not tell what a user has permission to write')]
}

/** Nacos takes any id. Nothing is said to a user without permission to list those that were created. */
async function namespaceOf(context: DiagnoseContext, about: Diagnoses, api: NacosApi): Promise<readonly Diagnosis[]> {
  const { namespace } = placeIn(context.target)
  if (context.target.allNamespaces) return []
  const another = `name another with ${option('namespace')}`
  return await tried(context, about, 'namespace', async (signal) => {
    try {
      const isThere = await isCreated({ api, namespace }, signal)
      if (isThere === undefined) return undefined
      return isThere
        ? about.ok('namespace', `there is a namespace ${namespace}`)
        : about.warning('namespace', neverCreated(namespace), another)
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code !== 'usage') throw error
      return about.error('namespace', error.message, error.hint ?? another)
    }
  })
}
