import { value } from '../args/options.ts'
import { pastTime } from '../args/time.ts'
import { command } from '../command.ts'
import { tallyText } from '../check-keys/task.ts'
import { parseOutput } from '../output/options.ts'
import { amount, grouped } from '../../model/count.ts'
import { readListing } from '../select/listing.ts'

export const report = command({
  name: 'report',
  usage: '[service...]',
  examples: [
    { line: 'rollcall report > report.html', does: 'the whole registry as a page, for a mail or an incident' },
    { line: 'rollcall report --journal journal.db --since 2h > report.html', does: 'with what happened meanwhile' },
    { line: "rollcall report 'pay*' > payments.html", does: 'some services' },
  ],
  notes: [
    'One self-contained file: services, versions, hosts, findings, history. It loads nothing and runs nothing. Of each list it has the thousand rows that matter most, and names the command that shows all.',
    'It has no metadata and no passwords, but names, hosts and keys: who may not see the registry should not get it.',
    'The history is that of --journal, or the one that the server of an http:// registry keeps.',
  ],
  options: {
    journal: value('--journal <path>', 'the file of a journal: what happened lately'),
    since: value('--since <time>', 'what happened since then (24h): 2h, or 2026-11-30T02:00:00Z'),
  },
  async run(context, words, { journal, since = '24h' }) {
    parseOutput(context.globals, ['html'])
    const listing = readListing(context, words, {})
    const from = pastTime('--since', since, context.now())
    const { collect } = await import('../report/collect.ts')
    const { page } = await import('../report/page.ts')
    const collected = await collect(context, { listing, journal, since: from })
    await context.io.stdout.write(page(collected))
    const { stats, sick, findings } = collected
    const counts = [
      amount(stats.services, 'service'),
      amount(stats.instances, 'instance'),
      `${grouped(sick.all)} not up`,
    ]
    await context.say(`${counts.join(', ')}; ${tallyText(findings.counts)}`)
    return 0
  },
})
