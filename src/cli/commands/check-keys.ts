import { ALL_RULES } from '../../backends/rules.ts'
import { ruleOf } from '../../lint/catalogue.ts'
import { explain } from '../../lint/explain.ts'
import { listFindings, listVerdicts } from '../check-keys/list.ts'
import { checkOptions } from '../check-keys/options.ts'
import { command } from '../command.ts'

export const checkKeys = command({
  name: 'check-keys',
  usage: '[service...]',
  summary: 'malformed and hazardous records, with cause, owner and fix',
  examples: [
    { line: 'rollcall check-keys', does: 'the whole registry' },
    { line: 'rollcall check-keys payments --severity warning', does: 'one service, without the style hints' },
    { line: 'rollcall check-keys --rule RC1001 -o wide', does: 'with lease, owner and fix: the way to the culprit' },
    { line: 'rollcall check-keys --explain RC1001', does: 'what a rule means' },
    { line: 'rollcall check-keys -o sarif > findings.sarif', does: 'for code scanning' },
  ],
  notes: [
    'HOSTS are those of the endpoints in the record: where the process runs that wrote it. -o wide adds service, id, lease, owner and fix; -o json other keys on the same lease, too. `rollcall get --raw-key KEY` shows the record itself.',
    'Status 1: findings at the threshold, or a service that is named and has no record. `rollcall purge --malformed` removes what has an error, after a backup.',
  ],
  options: checkOptions,
  async run(context, words, flags) {
    if (flags.explain !== undefined) {
      await context.io.stdout.write(explain(ruleOf(flags.explain, ALL_RULES)))
      return 0
    }
    return flags.list ? await listVerdicts(context, words, flags) : await listFindings(context, words, flags)
  },
})
