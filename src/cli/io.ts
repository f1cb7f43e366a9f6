import { text } from 'node:stream/consumers'
import type { ReadStream, WriteStream } from 'node:tty'
import { RollcallError } from '../model/errors.ts'

/** The process's streams and environment as the commands see them, so that a test can stand in for a terminal. */
export interface Io {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Asks a question on the terminal: true or false for `confirm`, the line typed for `input`. Rejects `interrupted` on Ctrl-C. */
  ask(question: Question): Promise<boolean | string>
}

export interface Question {
  readonly type: 'confirm' | 'input'
  readonly message: string
}

export interface Output {
  readonly isTerminal: boolean
  /** Columns of the terminal; undefined elsewhere. */
  readonly columns: number | undefined
  /** Waits while the reader is behind. Rejects with an EPIPE error when the reader is gone. */
  write(text: string): Promise<void>
}

export interface Input {
  readonly isTerminal: boolean
  /** All of it, as UTF-8. */
  text(): Promise<string>
}

/** The streams of this process. */
export function processIo(): Io {
  return {
    stdin: input(process.stdin),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    ask,
  }
}

async function ask({ type, message }: Question): Promise<boolean | string> {
  const { default: inquirer } = await import('inquirer')
  const prompt = inquirer.createPromptModule({ input: process.stdin, output: process.stderr })
  try {
    const { answer } = await prompt<{ answer: boolean | string }>(
      type === 'confirm' ? { type, name: 'answer', message, default: false } : { type, name: 'answer', message },
    )
    return answer
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
    throw new RollcallError('interrupted', 'nothing was changed', { cause: error })
  }
}

function output(stream: WriteStream): Output {
  let broken: Error | undefined
  stream.on('error', (error) => {
    broken = error
  })
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined
    },
    write: (chunk) =>
      new Promise((resolve, reject) => {
        if (broken) reject(broken)
        else stream.write(chunk, (error) => (error ? reject(error) : resolve()))
      }),
  }
}

function input(stream: ReadStream): Input {
  return { isTerminal: stream.isTTY === true, text: () => text(stream) }
}
