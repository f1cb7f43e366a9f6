import { RollcallError } from '../model/errors.ts'
import { STATUS_OF_A_BUG, statusOf } from './exit-status.ts'
import type { Io } from './io.ts'
import { renderError } from './output/index.ts'

/** Says what went wrong on standard error and answers the exit status. */
export async function report(error: unknown, argv: readonly string[], io: Io): Promise<number> {
  if (isBrokenPipe(error)) return 0
  if (!(error instanceof RollcallError)) {
    await io.stderr.write(`rollcall: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`)
    return STATUS_OF_A_BUG
  }
  const wanted = error.code !== 'interrupted' && error.code !== 'terminated'
  if (wanted) await io.stderr.write(renderError(error, wantsJson(argv, io) ? 'json' : 'text'))
  return statusOf(error.code)
}

/** `| head` has read enough: no error of anybody's. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}

/** Read from the words themselves, because the command line may be what is wrong. */
function wantsJson(argv: readonly string[], io: Io): boolean {
  const at = argv.findIndex((word) => word === '-o' || word === '--output')
  const last = at < 0 ? argv.findLast((word) => /^(-o|--output=)/.test(word)) : argv[at + 1]
  const format = last?.replace(/^(-o=?|--output=)/, '') ?? io.env.ROLLCALL_OUTPUT ?? ''
  return argv.includes('--json') || format === 'json' || format === 'ndjson'
}
