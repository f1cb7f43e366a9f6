import { diagnose } from '../../client/diagnose.ts'
import { DIAGNOSIS_STATES, type Diagnosis, type DiagnosisState } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { type Context, command } from '../command.ts'
import type { Tone } from '../output/colours.ts'
import type { TableOf } from '../output/columns.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../../model/count.ts'

export const doctor = command({
  name: 'doctor',
  usage: '',
  examples: [
    { line: 'rollcall doctor', does: 'whether the registry itself is well; status 1 when something is broken' },
    { line: 'rollcall doctor -c prod -o wide', does: 'a context, with what to do about each finding in the table' },
    { line: 'rollcall doctor -o json', does: 'for a script' },
  ],
  notes: [
    'Each server is asked by itself: whether it answers, how fast, how long its certificate is valid (a warning below 30 days, an error below 7), what time it has; then what its kind of registry can go wrong by, what the servers say of each other, and what this user has permission to do. Nothing is written, not even for a try.',
    'A check is unknown where the registry does not tell, or this user has no permission to ask. Each request is bounded by --request-timeout, and a server that is away does not hide the others.',
    'Status 0: no error, be there warnings. Status 1: an error. Status 3: no server can be reached, so that nothing else could be looked at; 4 where each of them wants another login.',
  ],
  options: {},
  async run(context, words) {
    if (words.length > 0)
      throw new RollcallError('usage', 'doctor takes no arguments', {
        hint: 'rollcall doctor -c NAME looks at a context',
      })
    const output = parseOutput(context.globals)
    const { target } = await context.resolved()
    const { signal, logger } = context
    const writer = await printList(context, 'DiagnosisList', diagnosesTable, output)
    const found: Diagnosis[] = []
    for await (const diagnosis of diagnose(target, { signal, logger, now: () => context.now() })) {
      found.push(diagnosis)
      await writer.row(diagnosis)
    }
    signal.throwIfAborted()
    await writer.end({ asOf: context.now() })
    const away = noneReachable(found)
    // What the error at the end says is not said twice.
    if (output.format === 'table') await sayFixes(context, away ? found.filter(({ fix }) => fix !== away.hint) : found)
    await context.say(summaryOf(found))
    if (away) throw away
    return found.some(({ state }) => state === 'error') ? 1 : 0
  },
})

/** Sentences that a table would cut: what to do about each warning and error. */
async function sayFixes(context: Context, found: readonly Diagnosis[]): Promise<void> {
  for (const { subject, check, state, fix } of found)
    if (fix !== undefined && (state === 'warning' || state === 'error'))
      await context.say(`${subject}, ${check}: ${fix}`)
}

/** `15 checks: 12 ok, 1 warning, 2 errors`. */
function summaryOf(found: readonly Diagnosis[]): string {
  const of = (wanted: DiagnosisState) => found.filter(({ state }) => state === wanted).length
  const words = DIAGNOSIS_STATES.filter((state) => state === 'ok' || of(state) > 0).map((state) =>
    state === 'warning' || state === 'error' ? amount(of(state), state) : `${of(state)} ${state}`,
  )
  return `${amount(found.length, 'check')}: ${words.join(', ')}`
}

/** The error where no server could be asked: then nothing is known of the registry. */
function noneReachable(found: readonly Diagnosis[]): RollcallError | undefined {
  const reached = found.filter(({ check }) => check === 'reachable')
  const [first] = reached
  if (!first || reached.some(({ state }) => state !== 'error')) return undefined
  const { code = 'unreachable', fix } = first
  const common = reached.every((each) => each.code === code) ? code : 'unreachable'
  const which =
    reached.length === 1 ? `${first.subject} cannot be used` : `none of ${reached.length} servers can be used`
  return new RollcallError(common, which, fix === undefined ? {} : { hint: fix })
}

const TONES: Readonly<Record<DiagnosisState, Tone>> = { ok: 'good', warning: 'notice', error: 'bad', unknown: 'quiet' }

export const diagnosesTable: TableOf<Diagnosis> = {
  inBlocks: true,
  columns: [
    { name: 'SUBJECT', text: (item) => item.subject, identifies: true },
    { name: 'CHECK', text: (item) => item.check },
    { name: 'STATE', text: (item) => item.state, tone: (item) => TONES[item.state] },
    { name: 'FACT', text: (item) => item.fact },
    { name: 'FIX', text: (item) => item.fix ?? '', wide: true },
    { name: 'VALUE', text: (item) => item.value?.toString() ?? '', data: (item) => item.value, wide: true },
    { name: 'UNIT', text: (item) => item.unit ?? '', wide: true },
  ],
  name: (item) => `${item.subject} ${item.check}`,
}
