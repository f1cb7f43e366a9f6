import { type ErrorCode, RollcallError } from '../model/errors.ts'
import { STATUS_OF_A_BUG, statusOf } from './exit-status.ts'
import { type Io, isBrokenPipe } from './io.ts'
import { renderBug, renderError } from './output/render-error.ts'

/** Says what went wrong on standard error and answers the exit status, which is the same where nobody hears it. */
export async function report(error: unknown, argv: readonly string[], io: Io): Promise<number> {
  if (isBrokenPipe(error)) return 0
  const format = wantsJson(argv, io) ? 'json' : 'text'
  if (!(error instanceof RollcallError)) {
    await tell(io, renderBug(error, format))
    return STATUS_OF_A_BUG
  }
  // Who pressed Ctrl-C knows it; what it did not change he may want to be told.
  const wanted = error.message !== error.code
  if (wanted) await tell(io, renderError(withNextStep(error), format))
  return statusOf(error.code)
}

async function tell({ stderr }: Io, text: string): Promise<void> {
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
function wantsJson(argv: readonly string[], io: Io): boolean {
  if (argv.includes('--json')) return true
  const at = argv.findLastIndex((word) => /^(-o|--output(=|$))/.test(word))
  const flag = argv[at] === '-o' || argv[at] === '--output' ? argv[at + 1] : argv[at]?.replace(/^(-o|--output=)/, '')
  const format = flag ?? io.env.ROLLCALL_OUTPUT ?? (io.env.ROLLCALL_JSON ? 'json' : '')
  return format === 'json' || format === 'ndjson'
}
