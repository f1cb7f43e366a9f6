import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Bench, type Row, client, medians, rollcall } from '../bench.ts'
import { instance } from '../fleet.ts'
import { type CommandLine, environment } from '../process.ts'

const COUNT = 1_000
const MINUTE = 60_000
/** Milliseconds in which Linux counts a process's time. */
const TICK = 10

/** The processor time of a process that keeps 1,000 instances alive for a minute; registering them is not counted. */
export const keepAlive: Row = async (bench) => {
  const file = join(bench.folder, 'instances.json')
  const instances = Array.from({ length: COUNT }, (_, at) => JSON.parse(instance(at).value))
  writeFileSync(file, JSON.stringify(instances))
  const line = rollcall(bench, 'register', '-f', file, '--keep-alive', '--prefix', '/kept', '-o', 'name')
  const raw = client(bench, 'raw-keep-alive', bench.etcd.endpoint, '/kept-raw', String(COUNT))
  const [ours = 0, theirs = 0] = await medians({ ...bench, rounds: Math.min(bench.rounds, 3) }, [
    () => aMinute(bench, line),
    () => aMinute(bench, raw),
  ])
  const work = 'register: 1,000 instances kept alive for a minute, processor time'
  return [{ work, ours, unit: 'ms', beside: 'raw lease keep-alives', theirs, most: 1.5, note: 'one connection' }]
}

/** From its word that all are registered, for a minute. */
async function aMinute(bench: Bench, { argv, env }: CommandLine): Promise<number> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { env: environment(env), stdio: ['ignore', 'ignore', 'pipe'] })
  const { pid = 0 } = child
  await new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('kept alive')) resolve()
    })
  })
  const before = processorTime(pid)
  await delay(MINUTE)
  const milliseconds = processorTime(pid) - before
  const connections = connectionsOf(pid, bench)
  if (connections !== 1) throw new Error(`${argv.join(' ')} has ${connections} connections`)
  child.kill('SIGTERM')
  await once(child, 'exit')
  return milliseconds
}

/** User and system, from Linux's /proc. */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK
}

/** Those to the bench's etcd. */
function connectionsOf(pid: number, { etcd }: Bench): number {
  const port = Number(etcd.endpoint.split(':')[1]).toString(16).toUpperCase().padStart(4, '0')
  const table = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  const sockets = new Set(table.filter((row) => row[2]?.endsWith(`:${port}`)).map((row) => `socket:[${row[9]}]`))
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`))).length
}
