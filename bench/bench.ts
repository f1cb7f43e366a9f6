import { join } from 'node:path'
import type { Client } from '@grpc/grpc-js'
import { type Measure, inTurn, median } from './compare.ts'
import type { BenchEtcd } from './etcd.ts'
import { type CommandLine, timed } from './process.ts'
import type { Line } from './table.ts'

/** What every row of the bench works with. */
export interface Bench {
  readonly etcd: BenchEtcd
  /** A connection for filling it. */
  readonly client: Client
  readonly folder: string
  readonly root: string
  readonly rounds: number
  readonly large: boolean
}

/** Measures one piece of work, and what stands beside it. */
export type Row = (bench: Bench) => Promise<readonly Line[]>

export const FLEET = 100_000
export const FLEET_PREFIX = '/microservices'

/** rollcall as it is installed, on the bench's etcd. */
export function rollcall({ root, etcd, folder }: Bench, ...args: string[]): CommandLine {
  const env = { ROLLCALL_REGISTRY: `etcd://${etcd.endpoint}`, XDG_CACHE_HOME: join(folder, 'cache') }
  return { argv: [process.execPath, join(root, 'bin/rollcall.js'), ...args], env }
}

/** One of the programs in bench/clients. */
export function client({ root }: Pick<Bench, 'root'>, name: string, ...args: string[]): CommandLine {
  return { argv: [process.execPath, join(root, `dist/bench/${name}.mjs`), ...args] }
}

export function etcdctl({ etcd }: Bench, ...args: string[]): CommandLine {
  return { argv: [...etcd.etcdctl, ...args] }
}

/** Medians of whole processes, run in turn. */
export function times(bench: Bench, ...lines: CommandLine[]): Promise<number[]> {
  return medians(
    bench,
    lines.map((line) => () => timed(bench.folder, line)),
  )
}

export async function medians({ rounds }: Bench, measures: readonly Measure[]): Promise<number[]> {
  return (await inTurn(measures, rounds)).map(median)
}
