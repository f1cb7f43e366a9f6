import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { LONGEST } from '../../model/signals.ts'
import { ownCertificate } from '../contract/certificate.ts'
import { type DiagnoseContext, diagnosesOf, inOrder, tried } from '../contract/diagnose.ts'
import { diagnoseServer, unreachable } from '../contract/diagnose-server.ts'
import { HttpCalls } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import { type Tls, readTls } from '../contract/tls.ts'
import { Cluster } from './cluster.ts'
import { endpointsOf } from './endpoints.ts'
import { loginOf } from './login.ts'
import { EtcdMember } from './member.ts'
import { type SeenMember, hiddenDiagnoses, memberDiagnoses, membersDiagnoses } from './doctor-members.ts'
import { leaseDiagnosis, rightsDiagnoses } from './doctor-rights.ts'
import type { MemberStatus } from './wire-status.ts'

/** The members by themselves, what they say of each other, the rights of the user, the leases. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target, signal } = context
  yield* await ownCertificate(context)
  let place: Awaited<ReturnType<typeof endpointsOf>>
  try {
    place = await endpointsOf(target)
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    yield unreachable(target.display, error)
    return
  }
  const tls = place.secure ? await readTls('etcd', target.tls ?? {}) : undefined
  const looks = place.endpoints.map((endpoint) => new MemberLook(context, endpoint, tls))
  try {
    const found = looks.map((look) => look.all(signal))
    const seen: SeenMember[] = []
    let cluster: Cluster | undefined
    for await (const { diagnoses, member, usable } of inOrder(found)) {
      yield* diagnoses
      if (member) seen.push(member)
      cluster ??= usable
    }
    yield* membersDiagnoses(diagnosesOf(target.display), seen)
    if (cluster) yield* ofTheCluster(context, cluster)
  } finally {
    for (const look of looks) look[Symbol.dispose]()
  }
}

async function* ofTheCluster(context: DiagnoseContext, cluster: Cluster): AsyncGenerator<Diagnosis, void, undefined> {
  const about = diagnosesOf(context.target.display)
  yield* await tried(context, about, 'members', async (signal) => {
    const members = await cluster.read('list the members', (member) => member.members(signal), signal)
    const words = members.map(
      ({ name, isLearner }) => `${name || 'one'}${name ? (isLearner ? ' (learner)' : '') : ' that has not started'}`,
    )
    const fact = `the cluster has ${members.length === 1 ? '1 member' : `${members.length} members`}: ${words.join(', ')}`
    if (members.every(({ name }) => name !== '')) return about.ok('members', fact)
    return about.warning('members', fact, 'start it, or remove it: etcdctl member remove')
  })
  yield* await rightsDiagnoses(context, about, cluster)
  yield* await tried(context, about, 'leases', (signal) => leaseDiagnosis(about, cluster, signal))
}

interface Seen {
  readonly diagnoses: readonly Diagnosis[]
  /** Undefined where its status is not shown to this user. */
  readonly member?: SeenMember
  /** Undefined for a learner, and for a member that knows no leader: they answer nothing of what is left to ask. */
  readonly usable?: Cluster
}

/** One member, asked by itself. */
class MemberLook implements Disposable {
  readonly #context: DiagnoseContext
  readonly #endpoint: string
  readonly #tls: Tls | undefined
  readonly #calls: HttpCalls
  readonly #cluster: Cluster

  constructor(context: DiagnoseContext, endpoint: string, tls: Tls | undefined) {
    const timeout = Math.min(context.target.requestTimeout, LONGEST)
    const { login, user } = loginOf(context.target)
    this.#context = context
    this.#endpoint = endpoint
    this.#tls = tls
    this.#calls = new HttpCalls({ tls })
    const member = new EtcdMember(endpoint, tls, login, timeout)
    this.#cluster = new Cluster([member], { user: user ?? tls?.commonName, tls, timeout })
  }

  async all(signal: AbortSignal): Promise<Seen> {
    let status: MemberStatus | undefined
    let quota: number | undefined
    const server = await diagnoseServer(this.#context, {
      endpoint: this.#endpoint,
      ask: async () => {
        status = await this.#cluster.read('read its status', (member) => member.status(signal), signal)
        quota ??= await this.#overHttp(status, signal)
      },
      serverTime: () => this.#calls.serverTime,
      tls: this.#tls,
    })
    const { about, diagnoses } = server
    const usable = this.#cluster
    if (!server.isReachable) return { diagnoses }
    if (!status) return { diagnoses: [...diagnoses, ...hiddenDiagnoses(about)], usable }
    const member = { about, status, quota: quota ?? 0 }
    const found = { diagnoses: [...diagnoses, ...memberDiagnoses(member)], member }
    return status.leader === undefined || status.isLearner ? found : { ...found, usable }
  }

  /** Its time, and before 3.6 the limit of its database, are reported over HTTP alone, which it may serve elsewhere. */
  async #overHttp({ quota }: MemberStatus, signal: AbortSignal): Promise<number> {
    const url = new URL(`${this.#tls ? 'https' : 'http'}://${this.#endpoint}${quota > 0 ? '/version' : '/metrics'}`)
    try {
      const { text } = await this.#calls.text({ url, timeout: this.#context.target.requestTimeout, signal })
      return quota > 0 ? quota : Number(/^etcd_server_quota_backend_bytes (\S+)$/m.exec(text)?.[1] ?? 0)
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      return quota
    }
  }

  [Symbol.dispose](): void {
    this.#cluster[Symbol.dispose]()
    this.#calls[Symbol.dispose]()
  }
}
