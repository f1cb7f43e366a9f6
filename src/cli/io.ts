import { closeSync, fstatSync, openSync } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ReadStream, type WriteStream, isatty } from 'node:tty'
import { RollcallError } from '../model/errors.ts'
import type { ProcessTerminal } from './screen/process-terminal.ts'
import type { Terminal } from './screen/terminal.ts'

/** The terminal that a process belongs to, whatever its standard input is. */
const TERMINAL = '/dev/tty'

/** The process's streams and environment as the commands see them, so that a test can stand in for a terminal. */
export interface Io {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Whether a question can be asked: standard error is a terminal, and there is a terminal to read the answer from. */
  canAsk(): boolean
  /**
   * Asks a question on the terminal, which need not be standard input. Returns true or false for `confirm`, the line typed
   * for `input`. Rejects with `interrupted` on Ctrl-C, and with the signal's reason.
   */
  ask(question: Question, signal: AbortSignal): Promise<boolean | string>
  /** From here on much is read of which little is kept: what the process has of memory is enough. */
  keepSmall?(): void
  /** The terminal as a whole, to draw on and to read keys from; undefined where standard input or output is none, or it cannot be drawn on. */
  openTerminal(): Promise<Terminal | undefined>
}

/** The signals that are sent to this process. */
export interface Signals {
  /** From now on each signal goes to the listener alone: none ends the command, which has to end by itself. */
  take(listener: (signal: NodeJS.Signals) => void): void
}

export interface Question {
  readonly type: 'confirm' | 'input'
  readonly message: string
}

export interface Output {
  readonly isTerminal: boolean
  /** Columns of the terminal; undefined elsewhere, and where the terminal does not say how wide it is. */
  readonly columns: number | undefined
  /** Waits while the reader is behind. Rejects with an EPIPE error when the reader is gone, `usage` for a full disk. */
  write(text: string): Promise<void>
  /** The same for UTF-8, which must not change until then. Left out where it would only be made text again. */
  writeBytes?(bytes: Uint8Array): Promise<void>
}

export interface Input {
  readonly isTerminal: boolean
  /** All of the input, as UTF-8. Rejects with the signal's reason. */
  text(signal: AbortSignal): Promise<string>
}

/** An output of this process, which takes UTF-8 as well. */
interface ProcessOutput extends Output {
  writeBytes(bytes: Uint8Array): Promise<void>
}

/** The streams of this process. */
export interface ProcessIo extends Io {
  readonly stdout: ProcessOutput
  /** Gives the terminal back at once, if a command has it: before an error is shown that ends the process. */
  releaseTerminal(): void
}

export function processIo(): ProcessIo {
  let terminal: ProcessTerminal | undefined
  const stderr = output(() => process.stderr, 2)
  return {
    stdin: input(() => process.stdin, 0),
    stdout: output(() => process.stdout, 1),
    stderr: {
      ...stderr,
      get columns() {
        return stderr.columns
      },
      write: async (said) => {
        if (terminal?.isTaken && stderr.isTerminal) terminal.hold(said)
        else await stderr.write(said)
      },
    },
    env: process.env,
    get cwd() {
      return currentFolder()
    },
    canAsk: () => isatty(2) && (isatty(0) || (holdsText(0) && hasTerminal())),
    ask,
    async openTerminal() {
      if (!isatty(0) || !isatty(1) || process.env['TERM'] === 'dumb') return undefined
      const { ProcessTerminal: Opened } = await import('./screen/process-terminal.ts')
      terminal ??= new Opened(process.stdin, process.stdout)
      return terminal
    },
    keepSmall,
    releaseTerminal: () => void terminal?.release(),
  }
}

/** The versions of V8 that are known to have the flag; others would print that they do not. */
const WITH_FLAG = { first: 11, last: 13 } as const
let isSmall = false

/** V8 makes its young generation larger the longer a program runs, up to 32 MiB, although no more of it survives. */
function keepSmall(): void {
  const version = Number.parseInt(process.versions.v8)
  if (isSmall || version < WITH_FLAG.first || version > WITH_FLAG.last) return
  isSmall = true
  void import('node:v8').then((v8) => v8.setFlagsFromString('--semi-space-growth-factor=1'))
}

/** The folder may have been removed since the shell entered it. */
function currentFolder(): string {
  try {
    return process.cwd()
  } catch (error) {
    throw new RollcallError('usage', 'the current folder no longer exists', {
      hint: 'change to another one: cd',
      cause: error,
    })
  }
}

async function ask({ type, message }: Question, signal: AbortSignal): Promise<boolean | string> {
  const { default: inquirer } = await import('inquirer')
  const terminal = isatty(0) ? undefined : new ReadStream(openSync(TERMINAL, 'r'))
  const prompt = inquirer.createPromptModule({ input: terminal ?? process.stdin, output: process.stderr, signal })
  try {
    const { answer } = await prompt<{ answer: boolean | string }>(
      type === 'confirm' ? { type, name: 'answer', message, default: false } : { type, name: 'answer', message },
    )
    return answer
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
    throw new RollcallError('interrupted', 'nothing was changed', { cause: error })
  } finally {
    terminal?.destroy()
  }
}

/** A pipe or a file may carry targets while a user sits at the terminal; /dev/null means that nobody does. */
function holdsText(descriptor: number): boolean {
  const stats = fstatSync(descriptor)
  return stats.isFIFO() || stats.isFile() || stats.isSocket()
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync(TERMINAL, 'r'))
    return true
  } catch {
    return false
  }
}

/** Node takes milliseconds to make a stream, so each is made when it is first used. */
function output(make: () => WriteStream, descriptor: number): ProcessOutput {
  let stream: WriteStream | undefined
  let broken: Error | undefined
  const opened = (): WriteStream =>
    (stream ??= make().on('error', (error) => {
      broken = unwritable(error)
    }))
  const write = (chunk: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      const to = opened()
      if (broken) reject(broken)
      else to.write(chunk, (error) => (error ? reject(unwritable(error)) : resolve()))
    })
  return {
    isTerminal: isatty(descriptor),
    get columns() {
      // A serial line, `docker run -t` or `script` says 0.
      return (this.isTerminal && opened().columns) || undefined
    },
    write,
    writeBytes: write,
  }
}

/** Whether the reader of the output is gone. `| head` has read enough: that is not a failure. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}

function input(make: () => ReadStream, descriptor: number): Input {
  return {
    isTerminal: isatty(descriptor),
    async text(signal) {
      signal.throwIfAborted()
      try {
        return await text(addAbortSignal(signal, make()))
      } catch (error) {
        signal.throwIfAborted()
        throw error
      }
    },
  }
}

/** A closed pipe ends the command quietly; a full disk is for the user to fix. */
function unwritable(error: Error): Error {
  if ('code' in error && error.code === 'EPIPE') return error
  return new RollcallError('usage', `the output cannot be written: ${error.message}`, {
    hint: 'free some space there, or write somewhere else',
    cause: error,
  })
}
