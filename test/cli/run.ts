import { tmpdir } from 'node:os'
import type { Question, Signals } from '../../src/cli/io.ts'
import type { Terminal } from '../../src/cli/screen/terminal.ts'
import { main } from '../../src/cli/main.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { type Collected, collected } from './output/collected.ts'
import { PATIENT_ENV } from '../patience.ts'

export interface RunOptions {
  /** The whole environment of the command, but that it is patient; it sees nothing of the test's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** What standard input holds. */
  readonly stdin?: string
  /** All streams are a terminal, this wide where it is a number; otherwise none is. */
  readonly terminal?: boolean | number
  /** A terminal that a command may draw on. */
  readonly screen?: Terminal
  /** What is answered to the questions, in order; `ctrl-c` for an interrupt. One question more than answers is an error. */
  readonly answers?: readonly Answer[]
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
  /** Ctrl-C and the like; its reason is the RollcallError to end with. */
  readonly signal?: AbortSignal
  /** Signals that a command may pass on. */
  readonly signals?: Signals
  /** Is called where a command reads much of which little is kept. */
  readonly keepSmall?: () => void
}

/** A function is called when the question comes. */
export type Answer = boolean | string | (() => Promise<boolean | string>)

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** What was asked, in order. */
  readonly asked: readonly string[]
}

/** A command line that is running: its output so far, and how it ends. */
export interface Running {
  readonly stdout: Collected
  readonly stderr: Collected
  readonly ended: Promise<Ran>
}

/** Runs one command line in this process to its end: words, or a line of words without quotes. */
export function run(line: string | readonly string[], options: RunOptions = {}): Promise<Ran> {
  return start(line, options).ended
}

/** The same, for a command that goes on while the test does something. */
export function start(line: string | readonly string[], options: RunOptions = {}): Running {
  const argv = typeof line === 'string' ? line.split(' ').filter(Boolean) : line
  const columns = options.terminal === true ? 100 : options.terminal || undefined
  const [stdout, stderr] = [collected(columns), collected(columns)]
  const asked: string[] = []
  const answers = [...(options.answers ?? [])]
  const io = {
    stdin: { isTerminal: columns !== undefined, text: () => Promise.resolve(options.stdin ?? '') },
    stdout,
    stderr,
    // Backups are a test's own, too.
    env: { ...PATIENT_ENV, XDG_STATE_HOME: tmpdir(), ...options.env },
    cwd: options.cwd ?? tmpdir(),
    canAsk: () => columns !== undefined,
    openTerminal: () => Promise.resolve(options.screen),
    keepSmall: () => options.keepSmall?.(),
    ask: async ({ message }: Question) => {
      asked.push(message)
      const next = answers.shift()
      const answer = typeof next === 'function' ? await next() : next
      if (answer === undefined) throw new Error(`nobody answers "${message}"`)
      if (answer === 'ctrl-c') throw new RollcallError('interrupted', 'nothing was changed')
      return answer
    },
  }
  const { signal, now, signals } = options
  const ended = main(argv, io, { signal, now, signals }).then((status) => ({
    status,
    stdout: stdout.text(),
    stderr: stderr.text(),
    asked,
  }))
  return { stdout, stderr, ended }
}
