/** What came, went and changed, as a journal keeps it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type HistoryQuery,
  type Journal,
  type JournalLine,
  type JournalWriterOptions,
  type ReplayOptions,
  type TimedEvent,
  JournalWriter,
  connect,
  fileJournal,
  recorded,
  registryName,
  replayed,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const { client } = registry
const folder = await mkdtemp(join(tmpdir(), 'journal-'))
const path = join(folder, 'journal.db')
await registry.register({ name: 'pay', id: 'pay-1' })

const of = registryName(client.target)
const options: JournalWriterOptions = { registry: of, now: Date.now, keep: 86_400_000, size: 64 << 20 }
{
  using writer: JournalWriter = await JournalWriter.open(path, options)
  for await (const { type } of recorded(writer, client.watch())) if (type === 'synced') break
}

const journal: Journal = fileJournal(path, Date.now)
const query: HistoryQuery = { at: Date.now() } // or { since: … }: what happened, not what was there
const lines: JournalLine[] = []
for await (const line of journal.read(query)) lines.push(line)
console.log(lines.flatMap((line) => ('instance' in line ? line.instance.instance.id : [])))

const since: ReplayOptions = { since: 0, onShort: (begins) => console.log('it begins later:', begins.length > 0) }
const events: TimedEvent[] = []
for await (const timed of replayed(client, {}, journal, since)) {
  events.push(timed)
  if (timed.event.type === 'synced') break
}
console.log(events.map(({ event, at }) => `${event.type} ${at === undefined ? 'now' : 'then'}`))
await rm(folder, { recursive: true })
