import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A command line: what is run, and where its output goes. */
export interface CommandLine {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Statuses that are no failure beside 0. */
  readonly statuses?: readonly number[]
}

/** What a process took. Memory and processor time are known of Node's processes alone. */
export interface Taken {
  /** From its start to its end. */
  readonly milliseconds: number
  /** At its peak. */
  readonly megabytes: number
  /** User and system, all threads. */
  readonly processorMilliseconds: number
}

/** Ours without what makes every Node slower to start, by as much on both sides of a ratio. */
export function environment(more: CommandLine['env'] = {}): NodeJS.ProcessEnv {
  const env = { ...process.env, ...more }
  delete env['NODE_EXTRA_CA_CERTS']
  return env
}

/** Runs one process to its end; its output goes to a file, so that nobody's reading is measured. */
export async function timed(folder: string, { argv, env, statuses = [] }: CommandLine): Promise<number> {
  const [program = '', ...args] = argv
  const output = openSync(join(folder, 'output'), 'w')
  const errors = openSync(join(folder, 'errors'), 'w')
  const begun = performance.now()
  const child = spawn(program, args, {
    stdio: ['ignore', output, errors],
    env: environment(env),
    cwd: folder,
  })
  const [status] = await once(child, 'exit')
  const milliseconds = performance.now() - begun
  closeSync(output)
  closeSync(errors)
  if (status === 0 || statuses.includes(Number(status))) return milliseconds
  throw new Error(`${argv.join(' ')}: status ${status}\n${readFileSync(join(folder, 'errors'), 'utf8').slice(-2000)}`)
}

/** Runs it, and gives the hash of what it writes, by which two can be compared. */
export async function linesOf(folder: string, line: CommandLine): Promise<string> {
  await timed(folder, line)
  const output = readFileSync(join(folder, 'output'))
  return createHash('sha256').update(output).digest('hex')
}

/** The same of a process of Node's, with what it says itself of its use of the machine. */
export async function metered(folder: string, line: CommandLine): Promise<Taken> {
  const milliseconds = await timed(folder, meter(folder, line))
  return { milliseconds, ...readMeter(folder) }
}

/** A Node command line that leaves, when it ends, what it used. */
export function meter(folder: string, { argv, env, ...rest }: CommandLine): CommandLine {
  const [node = '', ...args] = argv
  const hook = join(import.meta.dirname, 'hooks/usage.cjs')
  return {
    ...rest,
    argv: [node, '--require', hook, ...args],
    env: { ...env, ROLLCALL_BENCH_USAGE: join(folder, 'usage') },
  }
}

export function readMeter(folder: string): Pick<Taken, 'megabytes' | 'processorMilliseconds'> {
  const usage: NodeJS.ResourceUsage = JSON.parse(readFileSync(join(folder, 'usage'), 'utf8'))
  return {
    megabytes: usage.maxRSS / 1_024,
    processorMilliseconds: (usage.userCPUTime + usage.systemCPUTime) / 1_000,
  }
}
