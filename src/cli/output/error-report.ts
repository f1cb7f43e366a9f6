import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { STATUS_OF_A_BUG, statusOf } from '../exit-status.ts'
import { type Io, isBrokenPipe } from '../io.ts'
import { type Colours, colourless } from './colours.ts'
import { API_VERSION, jsonLine } from './documents.ts'
import { beginning, clean } from './text.ts'

/** Reports an error on standard error and returns its exit status, also when standard error is closed. */
export async function report(error: unknown, argv: readonly string[], io: Io): Promise<number> {
  if (isBrokenPipe(error)) return 0
  const format = wantsJson(argv, io) ? 'json' : 'text'
  if (!(error instanceof RollcallError)) {
    await write(io, renderBug(error, format))
    return STATUS_OF_A_BUG
  }
  // The user who pressed Ctrl-C knows that it was interrupted; only a message that says more is printed.
  const wanted = error.message !== error.code
  if (wanted) await write(io, renderError(withNextStep(error), format))
  return statusOf(error.code)
}

async function write({ stderr }: Io, text: string): Promise<void> {
  await stderr.write(text).catch(() => {})
}

/** What is left to do where the registry itself gave no hint. */
const NEXT_STEPS: { readonly [Code in ErrorCode]?: string } = {
  unreachable: 'is it running, and at that address? rollcall config shows where the address comes from',
  unauthenticated: 'rollcall config shows which user, password or token is in force, and where it comes from',
  forbidden: 'rollcall config shows which user or token is in force; it needs a role that allows this',
}

function withNextStep(error: RollcallError): RollcallError {
  const hint = error.hint ?? NEXT_STEPS[error.code]
  return hint === undefined ? error : new RollcallError(error.code, error.message, { hint, cause: error.cause })
}

/** Read from the words themselves, because the command line may be what is wrong. */
function wantsJson(line: readonly string[], io: Io): boolean {
  const end = line.indexOf('--')
  const argv = end === -1 ? line : line.slice(0, end)
  if (argv.includes('--json')) return true
  const at = argv.findLastIndex((word) => /^(-o|--output(=|$))/.test(word))
  const flag = argv[at] === '-o' || argv[at] === '--output' ? argv[at + 1] : argv[at]?.replace(/^(-o|--output=)/, '')
  const format = flag ?? io.env.ROLLCALL_OUTPUT ?? (io.env.ROLLCALL_JSON ? 'json' : '')
  return format === 'json' || format === 'ndjson'
}

/**
 * An error for standard error, with its line end: `rollcall: message` and the hint below, or one JSON object.
 * A message may have several lines (an endpoint each); what they quote may not.
 */
export function renderError(error: RollcallError, format: 'text' | 'json', colours: Colours = colourless): string {
  const { code, message, hint } = error
  if (format === 'json') {
    return `${jsonLine({ apiVersion: API_VERSION, kind: 'Error', code, message, ...(hint === undefined ? {} : { hint }) })}\n`
  }
  const [fact = '', ...rest] = [...message.split('\n'), ...(hint === undefined ? [] : hint.split('\n'))].map(clean)
  return [`${colours('bad', 'rollcall:')} ${fact}`, ...rest.map((line) => beginning(`  ${line}`)), ''].join('\n')
}

/** A bug of rollcall for standard error, with its stack. */
export function renderBug(error: unknown, format: 'text' | 'json'): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (format === 'json') return `${jsonLine({ apiVersion: API_VERSION, kind: 'Error', code: 'bug', message: stack })}\n`
  return `rollcall: this is a bug: ${stack.split('\n').map(clean).join('\n')}\n`
}

/** Adds to a `wrong-server` error which kind of registry answers there, when one does; returns any other error as it is. */
export async function namingOtherKind(error: unknown, context: Context): Promise<unknown> {
  if (!(error instanceof RollcallError) || error.code !== 'wrong-server' || context.signal.aborted) return error
  const { whatAnswers } = await import('../../backends/what-answers.ts')
  const { target } = await context.resolved()
  for (const endpoint of target.endpoints) {
    const found = await whatAnswers(endpoint, context.signal)
    if (!found?.driver.sign || found.driver.name === target.driver) continue
    const { driver, scheme } = found
    return new RollcallError(error.code, error.message, {
      hint: `that is ${driver.sign?.title}: write ${scheme}://${target.endpoints.join(',')}`,
      cause: error,
    })
  }
  return error
}
