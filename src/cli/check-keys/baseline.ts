import { resolve } from 'node:path'
import { allRules } from '../../backends/rules.ts'
import { LONGEST_BASELINE, parseBaseline, writeKnown } from '../../config/baseline-file.ts'
import { codeOf } from '../../config/read-file.ts'
import { checkKeys } from '../../client/check/check-keys.ts'
import { RollcallError } from '../../model/errors.ts'
import { type Baseline, EMPTY_BASELINE, endedIn } from '../../reports/baseline.ts'
import { untrustedText } from '../args/untrusted-file.ts'
import type { Context } from '../command.ts'
import type { Progress } from '../output/progress.ts'
import { amount } from '../../model/count.ts'
import { unanswered } from '../select/listing.ts'
import { type CheckFlags, nothingUnder, prepare } from './task.ts'

/** The baseline at a path; an ended suppression is reported. @throws RollcallError `config` with line and column for what is not one */
export async function baselineFrom(context: Context, path: string): Promise<Baseline> {
  const text = await textIfThere(context, path)
  if (text === undefined) {
    throw new RollcallError('config', `there is no ${path}`, {
      hint: `rollcall check-keys --baseline ${path} --write-baseline writes it`,
    })
  }
  return await parsed(context, path, text)
}

async function parsed(context: Context, path: string, text: string): Promise<Baseline> {
  const codes = (await allRules()).map(({ code }) => code)
  const baseline = await parseBaseline(path, text, codes)
  for (const { rules, keys, until, reason, at } of endedIn(baseline, context.now())) {
    const what = `the suppression of ${rules.join(', ')} for ${keys.join(', ')}`
    context.logger.warn(`${path}:${at.line}: ${what} ended on ${until} (${reason})`)
  }
  return baseline
}

/** Makes the findings of now the known ones of a baseline, which may not be there yet. Returns the exit status. */
export async function writeBaseline(
  context: Context,
  words: readonly string[],
  { flags, path, progress }: { readonly flags: CheckFlags; readonly path: string; readonly progress: Progress },
): Promise<number> {
  const text = await textIfThere(context, path)
  const before = text === undefined ? EMPTY_BASELINE : await parsed(context, path, text)
  const suppressing: Baseline = { ...before, known: EMPTY_BASELINE.known }
  const { client, judging, listing, seen } = await prepare(context, words, { flags, progress, baseline: suppressing })
  const known = new Map<string, Set<string>>()
  for await (const batch of await checkKeys(client, judging)) {
    for (const { rule, key } of batch) known.set(rule, (known.get(rule) ?? new Set()).add(key))
  }
  await progress.stop()
  const missing = unanswered(listing, seen)
  if (missing.length > 0) throw nothingUnder(missing)
  await writeKnown(resolve(context.io.cwd, path), known, () => textIfThere(context, path))
  const [total, added, gone] = [countOf(known), missingIn(before.known, known), missingIn(known, before.known)]
  await context.say(`${path} has ${amount(total, 'known finding')}: ${added} added, ${gone} dropped`)
  return 0
}

async function textIfThere(context: Context, path: string): Promise<string | undefined> {
  try {
    return await untrustedText(context, {
      path,
      most: LONGEST_BASELINE,
      what: 'a baseline',
      hint: 'suppress a rule for all keys of a pattern',
    })
  } catch (error) {
    if (error instanceof RollcallError && codeOf(error.cause) === 'ENOENT') return undefined
    throw error
  }
}

type Known = Baseline['known']

function countOf(known: Known): number {
  return [...known.values()].reduce((sum, { size }) => sum + size, 0)
}

/** How many of `some` are not among `others`. */
function missingIn(others: Known, some: Known): number {
  return [...some].flatMap(([rule, keys]) => [...keys].filter((key) => !others.get(rule)?.has(key))).length
}
