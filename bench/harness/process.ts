import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, createReadStream, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { childrensProcessorTime, processorTime } from './linux.ts'
import type { Sample } from './metrics.ts'

/** A command line: what is run, and what it needs. */
export interface CommandLine {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Statuses besides 0 that are no failure. */
  readonly statuses?: readonly number[]
}

/** A registry whose processor time is measured. */
export interface Serving {
  readonly pids: readonly number[]
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  // Nothing that they would still write is wanted.
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a process that is ended by whoever starts it, and with this process at the latest. */
export function launch({ argv, env }: CommandLine, stdio: StdioOptions, cwd?: string): ChildProcess {
  const [program = '', ...args] = argv
  const all = { ...process.env, ...env }
  // It makes every Node slower to start, and both sides of a ratio equally so.
  delete all['NODE_EXTRA_CA_CERTS']
  const child = spawn(program, args, { stdio, env: all, ...(cwd === undefined ? {} : { cwd }) })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Runs a process to its end, with its output to the file `output`: no reader of a pipe is measured with it. */
export async function run(folder: string, line: CommandLine, server?: Serving): Promise<Sample> {
  return await whileRunning(server, () => finish(folder, line))
}

/** Wall time, and the processor time of the processes that are started and end in it. */
export async function whileRunning(server: Serving | undefined, work: () => Promise<unknown>): Promise<Sample> {
  const used = childrensProcessorTime()
  const served = server && processorTime(server.pids)
  const begun = performance.now()
  await work()
  const wall = performance.now() - begun
  const sample = { wall, client: childrensProcessorTime() - used }
  return server && served !== undefined ? { ...sample, server: processorTime(server.pids) - served } : sample
}

/** The same with the peak of its memory, of a process of Node's. */
export async function runMetered(folder: string, line: CommandLine, server?: Serving): Promise<Sample> {
  const sample = await run(folder, meter(folder, line), server)
  const usage = JSON.parse(readFileSync(join(folder, 'usage'), 'utf8')) as { maxRSS: number }
  return { ...sample, memory: usage.maxRSS / 1_024 }
}

/** Runs it, and returns a hash of its output, by which two outputs can be compared. */
export async function outputHash(folder: string, line: CommandLine): Promise<string> {
  await finish(folder, line)
  const hash = createHash('sha256')
  for await (const part of createReadStream(join(folder, 'output'))) hash.update(part as Buffer)
  return hash.digest('hex')
}

/** Runs it, and returns how many lines it writes. */
export async function countLines(folder: string, line: CommandLine): Promise<number> {
  await finish(folder, line)
  let count = 0
  for await (const part of createReadStream(join(folder, 'output')))
    for (const byte of part as Buffer) if (byte === 10) count += 1
  return count
}

/** Runs it, and returns what it writes. */
export async function outputOf(folder: string, line: CommandLine): Promise<string> {
  await finish(folder, line)
  return readFileSync(join(folder, 'output'), 'utf8')
}

/** Several at a time may share the folder where nobody reads their output. @throws Error for a status that means failure */
export async function finish(folder: string, line: CommandLine): Promise<void> {
  const output = openSync(join(folder, 'output'), 'w')
  const errors = openSync(join(folder, 'errors'), 'w')
  const child = launch(line, ['ignore', output, errors], folder)
  closeSync(output)
  closeSync(errors)
  const [status] = await once(child, 'exit')
  if (status === 0 || line.statuses?.includes(Number(status))) return
  const said = readFileSync(join(folder, 'errors'), 'utf8').slice(-2_000)
  throw new Error(`${line.argv.join(' ')}: status ${status}\n${said}`)
}

/** A command line of Node's that leaves behind what it used. */
function meter(folder: string, { argv, env, ...rest }: CommandLine): CommandLine {
  const [node = '', ...args] = argv
  const hook = join(import.meta.dirname, '../hooks/usage.cjs')
  return {
    ...rest,
    argv: [node, '--require', hook, ...args],
    env: { ...env, ROLLCALL_BENCH_USAGE: join(folder, 'usage') },
  }
}
