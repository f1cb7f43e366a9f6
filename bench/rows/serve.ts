import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fill as fillConsul } from '../../test/servers/consul/fill.ts'
import { consul as kind } from '../../test/servers/consul/provision.ts'
import { ConsulServer } from '../../test/servers/consul/server.ts'
import { type Bench, type Row, client, rollcall } from '../bench.ts'
import { inTurn, median } from '../compare.ts'
import { clear, fill } from '../fill.ts'
import { instance } from '../fleet.ts'
import { environment, timed } from '../process.ts'
import type { Line } from '../table.ts'

const INSTANCES = 10_000
const SERVICES = 500
const PREFIX = '/served'
const READS = 10_000

/** Who is asked over HTTP, and for what. */
interface Asked {
  readonly port: number
  readonly token: string
  /** A file of paths. */
  readonly paths: string
}

/** Discovery over HTTP, and a thousand who watch, with as many instances as Consul has beside it. */
export const serve: Row = async (bench) => {
  await fill(bench.client, PREFIX, INSTANCES, 1_000)
  const { programs } = await kind.provision((line) => process.stderr.write(`${line}\n`))
  const program = programs?.['consul']
  if (program === undefined) throw new Error('there is no consul to start')
  await using consul = await ConsulServer.start(program)
  await fillConsul(consul, INSTANCES, SERVICES)
  const health = pathsIn(bench, 'health', (at) => `/v1/health/service/s-${at}?passing`)
  const server = await start(bench)
  try {
    const lines = await reads(bench, server.asked, { port: consul.port, token: '', paths: health })
    return [...lines, await watchers(bench, server)]
  } finally {
    server.child.kill('SIGTERM')
    await once(server.child, 'exit')
    await clear(bench.client, PREFIX)
  }
}

async function reads(bench: Bench, ours: Asked, theirs: Asked): Promise<Line[]> {
  const [mine, others]: [Load[], Load[]] = [[], []]
  const measure = (asked: Asked, loads: Load[]) => async () => {
    loads.push(await load(bench, asked))
    return 0
  }
  await inTurn([measure(ours, mine), measure(theirs, others)], Math.min(bench.rounds, 3))
  const of = (loads: Load[], field: keyof Load) => median(loads.slice(1).map((each) => each[field]))
  const perSecond = [mine, others].map((loads) => Math.round(of(loads, 'perSecond')).toLocaleString('en'))
  const beside = { unit: 'ms', beside: "Consul's `/v1/health/service/:name`", most: 1 } as const
  const what = `serve: discovery, ${INSTANCES.toLocaleString('en')} instances, 16 connections`
  const spent = (loads: Load[]) => (READS * 1_000) / of(loads, 'perSecond')
  const note = perSecond.join(' a second, Consul ')
  return [
    { work: `${what}, 10,000 reads`, ours: spent(mine), theirs: spent(others), ...beside, note },
    { work: `${what}, p99`, ours: of(mine, 'p99'), theirs: of(others, 'p99'), ...beside },
  ]
}

interface Load {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p99: number
}

async function load(bench: Bench, { port, token, paths }: Asked): Promise<Load> {
  await timed(bench.folder, client(bench, 'http-load', String(port), paths, token))
  return JSON.parse(readFileSync(join(bench.folder, 'output'), 'utf8'))
}

/** What a thousand streams, of a service each, add to the memory of the server. */
async function watchers(bench: Bench, { asked, child }: Server): Promise<Line> {
  const before = residentOf(child)
  const paths = pathsIn(bench, 'watches', (at) => `/registry/watch/${nameOf(at)}`)
  const { argv } = client(bench, 'http-watchers', String(asked.port), paths, asked.token, 'event: synced')
  const [program = '', ...args] = argv
  const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  const after = residentOf(child)
  holder.stdin.end()
  await once(holder, 'exit')
  const note = `${Math.round(((after - before) * 1_024) / 1_000)} KB each`
  const work = 'serve: memory with 1,000 who watch'
  return { work, ours: after, unit: 'MB', beside: 'before they came', theirs: before, note }
}

interface Server {
  readonly child: ChildProcess
  readonly asked: Asked
}

async function start(bench: Bench): Promise<Server> {
  const tokens = join(bench.folder, 'tokens.json')
  const add = rollcall(bench, 'token', 'add', 'bench', '--role', 'viewer', '--tokens', tokens)
  const [node = '', ...words] = add.argv
  const token = execFileSync(node, words, { env: environment(add.env), encoding: 'utf8', stdio: 'pipe' }).trim()
  const flags = ['--listen', '127.0.0.1:0', '--prefix', PREFIX, '--tokens', tokens, '--rate', '1000000']
  const { argv, env } = rollcall(bench, 'serve', ...flags)
  const child = spawn(node, argv.slice(1), { env: environment(env), stdio: ['ignore', 'ignore', 'pipe'] })
  const [said] = await once(child.stderr.setEncoding('utf8'), 'data')
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1])
  return { child, asked: { port, token, paths: pathsIn(bench, 'reads', (at) => `/registry/discovery/${nameOf(at)}`) } }
}

function pathsIn({ folder }: Bench, name: string, pathOf: (at: number) => string): string {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(Array.from({ length: SERVICES }, (_, at) => pathOf(at))))
  return file
}

/** Of the fleet's services. */
function nameOf(at: number): string {
  return instance(at, PREFIX).key.split('/')[2] ?? ''
}

/** Megabytes, from Linux's /proc. */
function residentOf({ pid }: ChildProcess): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}
