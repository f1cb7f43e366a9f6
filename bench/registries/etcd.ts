import type { Client } from '@grpc/grpc-js'
import { EtcdMember } from '../../test/servers/etcd/member.ts'
import { etcd as kind } from '../../test/servers/etcd/provision.ts'
import { freePorts } from '../../test/servers/ports.ts'
import { type Bench, counted, say } from '../harness/bench.ts'
import type { CommandLine, Serving } from '../harness/process.ts'
import { connect } from '../raw/connection.ts'
import { type Filling, fill } from './fill.ts'
import { programsOf } from './provide.ts'

const QUOTA = 8 * 2 ** 30

/** An etcd of the bench's own, and the etcdctl of the same version. */
export interface BenchEtcd extends AsyncDisposable, Serving {
  /** `host:port` */
  readonly endpoint: string
  readonly port: number
  readonly url: string
  /** A connection for filling it. */
  readonly client: Client
  etcdctl(...args: string[]): CommandLine
}

export async function startEtcd(): Promise<BenchEtcd> {
  const { etcd = '', etcdctl = '' } = await programsOf(kind)
  const [port = 0, peer = 0, health = 0] = await freePorts(3)
  const url = `http://127.0.0.1:${port}`
  const peers = `http://127.0.0.1:${peer}`
  const member = await EtcdMember.create(etcd, { client: port, health }, [
    '--name=bench',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=bench=${peers}`,
    `--quota-backend-bytes=${QUOTA}`,
  ])
  await member.start()
  const { endpoint, pids } = member
  const client = connect(endpoint)
  // It gives up after five seconds otherwise, in which it cannot read a million keys.
  const words = [etcdctl, '--endpoints', endpoint, '--command-timeout', '10m']
  return {
    endpoint,
    port,
    url: `etcd://${endpoint}`,
    client,
    pids,
    etcdctl: (...args) => ({ argv: [...words, ...args] }),
    async [Symbol.asyncDispose]() {
      client.close()
      await member[Symbol.asyncDispose]()
    },
  }
}

/** One with so many instances, on the scale of the run. */
export async function startFilledEtcd(bench: Bench, count: number, filling?: Filling): Promise<BenchEtcd> {
  const etcd = await startEtcd()
  say(`filling etcd with ${counted(bench.scaled(count))} instances`)
  await fill(etcd.client, bench.scaled(count), filling)
  return etcd
}

/** The one that all rows read: 500 services, a lease for each instance, or for a hundred of a million. Nobody changes it. */
export function sharedEtcd(bench: Bench, count: number): Promise<BenchEtcd> {
  const sharing = count > 100_000 ? 100 : 1
  return bench.shared(`etcd ${count}`, () => startFilledEtcd(bench, count, { sharing }))
}
