import { prefixInUse } from '../../backends/prefix-in-use.ts'
import type { Resolved } from '../../config/settings.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { beginning, clean } from '../output/text.ts'

export interface ConfirmOptions {
  readonly yes: boolean
  /** What will be done, a line each, shown before the question; left out where a plan was shown that says what and where. */
  readonly plan?: readonly string[]
}

/**
 * Asks for confirmation. Returns when the answer is yes, or --yes was given: true if there was a question, so that time has passed.
 * @throws RollcallError `confirmation` off a terminal, `declined` for no, `interrupted` for Ctrl-C.
 */
export async function confirm(context: Context, question: string, { yes, plan }: ConfirmOptions): Promise<boolean> {
  const { io, globals, signal } = context
  const resolved = await context.resolved()
  const canAsk = io.canAsk()
  const mustType = resolved.confirm === 'name' && resolved.context !== undefined && canAsk
  if (yes && !mustType) return false
  if (!canAsk) {
    throw new RollcallError('confirmation', 'this command needs confirmation, but there is no terminal to ask on', {
      hint: 'pass --yes, or --dry-run to see what would be done',
    })
  }
  const isSaid = plan === undefined && !globals.quiet
  const where = isSaid ? [] : [`in ${clean(whereabouts(resolved))}`]
  const lines = [...(plan ?? []).map((line) => beginning(`  ${clean(line)}`)), ...where]
  await io.stderr.write(lines.map((line) => `${line}\n`).join(''))
  const agreed = mustType
    ? (await io.ask({ type: 'input', message: clean(`${question} Type ${resolved.context} to go on:`) }, signal)) ===
      resolved.context
    : await io.ask({ type: 'confirm', message: clean(question) }, signal)
  signal.throwIfAborted()
  if (agreed !== true) throw new RollcallError('declined', 'nothing was changed')
  return true
}

/** @throws RollcallError `refused` when the context in force is read-only */
export async function requireWritable(context: Context): Promise<void> {
  const { readOnly, context: name } = await context.resolved()
  if (!readOnly) return
  throw new RollcallError('refused', `${name ? `context ${name}` : 'this registry'} is read-only`, {
    hint: 'choose another registry, or remove readOnly from its settings',
  })
}

/** Context, registry and prefix on one line, as every plan and prompt shows them. */
export function whereabouts(resolved: Resolved): string {
  const { target, context } = resolved
  const parts = [context && `context ${context}`, target.display, prefixInUse(target)]
  return parts.filter(Boolean).join(' · ')
}
