import { EtcdMember } from '../test/servers/etcd/member.ts'
import { etcd as kind } from '../test/servers/etcd/provision.ts'
import { freePorts } from '../test/servers/ports.ts'

const QUOTA = 8 * 2 ** 30

/** An etcd of the bench's own, and the etcdctl of the same version. */
export interface BenchEtcd extends AsyncDisposable {
  /** `host:port` */
  readonly endpoint: string
  readonly etcdctl: readonly string[]
}

export async function startEtcd(): Promise<BenchEtcd> {
  const { programs } = await kind.provision((line) => process.stderr.write(`${line}\n`))
  const { etcd, etcdctl } = programs ?? {}
  if (etcd === undefined || etcdctl === undefined) throw new Error('there is no etcd to start')
  const [client = 0, peer = 0, health = 0] = await freePorts(3)
  const url = `http://127.0.0.1:${client}`
  const peers = `http://127.0.0.1:${peer}`
  const member = await EtcdMember.create(etcd, { client, health }, [
    '--name=bench',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=bench=${peers}`,
    `--quota-backend-bytes=${QUOTA}`,
  ])
  await member.start()
  return {
    endpoint: member.endpoint,
    etcdctl: [etcdctl, '--endpoints', member.endpoint],
    [Symbol.asyncDispose]: () => member[Symbol.asyncDispose](),
  }
}
