import { pause } from '../../model/back-off.ts'
import { type Checked, type Health, checkAll } from '../../client/probe/health.ts'
import { withoutPassword } from '../../model/endpoint-secret.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { targetWord } from '../../model/target-word.ts'
import { durationFlag, targetOptions, toggle, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import type { Tone } from '../output/colours.ts'
import type { TableOf } from '../output/columns.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../../model/count.ts'
import { findInstances } from '../select/lookup.ts'

const LEAST = 100

export const health = command({
  name: 'health',
  usage: '[service | service/id]...',
  examples: [
    { line: 'rollcall health payments', does: 'every endpoint of a service; status 1 when one is down' },
    { line: 'rollcall health payments/payments-1 -o json', does: 'one instance, for a script' },
    { line: 'rollcall ls search -o name | rollcall health -', does: 'what another command lists' },
    { line: 'rollcall health payments -w --every 10s', does: 'repeat until Ctrl-C' },
  ],
  notes: [
    'Each endpoint is checked from this machine, by its scheme: http and https by GET /health, which must answer 200 to 299 (redirects are not followed); grpc by its health service, which must answer SERVING; all others by a TCP connection. The time limit is 3 seconds. Certificates are not checked.',
    'Status 0 when every endpoint checked is up, else 1. All instances are checked, whatever status the registry reports.',
  ],
  options: {
    id: targetOptions.id,
    watch: toggle('-w, --watch', 'repeat until stopped'),
    every: value('--every <duration>', 'interval with --watch (10s)'),
  },
  async run(context, words, { id, watch, every }) {
    if (every !== undefined && !watch) {
      throw new RollcallError('usage', '--every needs --watch', { hint: `add -w to check every ${every}` })
    }
    const interval = durationFlag('--every', every ?? '10s', LEAST)
    for (;;) {
      const status = await look(context, words, id)
      if (!watch) return status
      await pause(interval, context.signal)
    }
  },
})

async function look(context: Context, words: readonly string[], id: string | undefined): Promise<number> {
  const entries =
    words.length > 0 || id !== undefined ? await findInstances(context, words, { id }) : await all(context)
  const items = (await check(context, entries)).map(itemOf)
  const counts = { up: 0, down: 0, unprobed: 0 }
  for (const item of items) counts[item.health]++
  await report(context, items, counts)
  return counts.down > 0 ? 1 : 0
}

async function check(context: Context, entries: readonly InstanceEntry[]): Promise<Checked[]> {
  const progress = startProgress(context, 'endpoints checked')
  try {
    return await checkAll(entries, {
      signal: context.signal,
      onProgress: (checked, of) => progress.count(checked, of),
    })
  } finally {
    await progress.stop()
  }
}

async function all(context: Context): Promise<InstanceEntry[]> {
  const client = await context.client()
  const entries: InstanceEntry[] = []
  for await (const entry of client.entries({}, { signal: context.signal })) {
    if (entry.is === 'instance') entries.push(entry)
  }
  return entries
}

async function report(
  context: Context,
  items: readonly HealthItem[],
  counts: Readonly<Record<HealthItem['health'], number>>,
): Promise<void> {
  const output = parseOutput(context.globals)
  const { format, fields } = output
  if (isThingFormat(format)) {
    const asOf = new Date(context.now()).toISOString()
    const result = { asOf, endpoints: items.length, ...counts, items }
    return await writeThing(context.io.stdout, 'HealthReport', result, { format, fields })
  }
  const writer = await printList(context, 'HealthReport', healthTable, output)
  for (const item of items) await writer.row(item)
  await writer.end({ asOf: context.now() })
  const parts = [
    `${counts.up} up`,
    `${counts.down} down`,
    ...(counts.unprobed > 0 ? [`${counts.unprobed} not checked`] : []),
  ]
  await context.say(`${amount(items.length, 'endpoint')}: ${parts.join(', ')}`)
}

function itemOf({ entry, endpoint, health: found }: Checked): HealthItem {
  const { service, instance } = entry
  const where = { service, id: instance.id, endpoint }
  if (!found) return { ...where, health: 'unprobed' }
  const { healthy, ...facts } = found
  return { ...where, health: healthy ? 'up' : 'down', ...facts }
}

/** An endpoint, and the result of its health check. */
export interface HealthItem {
  readonly service: string
  readonly id: string
  readonly endpoint: string
  readonly health: 'up' | 'down' | 'unprobed'
  readonly check?: Health['check']
  readonly milliseconds?: number
  readonly reason?: string
}

const TONES: Readonly<Record<HealthItem['health'], Tone>> = { up: 'good', down: 'bad', unprobed: 'quiet' }

export const healthTable: TableOf<HealthItem> = {
  columns: [
    { name: 'SERVICE', text: (item) => item.service, identifies: true },
    { name: 'ID', text: (item) => item.id, identifies: true },
    { name: 'ENDPOINT', text: (item) => withoutPassword(item.endpoint), data: (item) => item.endpoint },
    { name: 'HEALTH', text: (item) => item.health, tone: (item) => TONES[item.health] },
    { name: 'CHECK', text: (item) => item.check ?? '' },
    {
      name: 'TIME',
      text: ({ milliseconds }) => (milliseconds === undefined ? '' : `${Math.round(milliseconds)}ms`),
      data: (item) => item.milliseconds,
      align: 'right',
    },
    { name: 'REASON', text: (item) => item.reason ?? '' },
  ],
  name: (item) => targetWord(item.service, item.id),
}
