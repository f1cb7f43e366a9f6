import type { MonitorEvent } from '../../client/monitor/event.ts'
import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import { durationFlag } from '../duration-flag.ts'
import { ended } from '../ended.ts'
import { value } from '../option.ts'
import { EVENT_FORMATS, streamWriter } from '../output/event-writer.ts'
import { createColours } from '../output/colours.ts'
import { monitorForm } from '../output/monitor-events.ts'
import { parseOutput } from '../output/options.ts'
import { requireWritable } from '../prompt.ts'

const LEAST = 100

export const monitor = command({
  name: 'monitor',
  usage: '',
  summary: 'mark as down the AIO records that nobody renews',
  examples: [
    { line: 'rollcall monitor', does: 'until Ctrl-C; several may run, and one of them acts' },
    { line: 'rollcall monitor --ttl 1m --every 20s', does: 'what was not renewed for a minute' },
    { line: 'rollcall monitor -o ndjson', does: 'an event a line, for a log' },
  ],
  notes: [
    'It writes the status down and the time, and removes nothing. A renewal that comes meanwhile is never overwritten; it brings the instance back.',
    'A lock in the registry itself decides who acts. When its holder ends, is killed, frozen or cut off, the next takes over, and whoever has lost it writes nothing.',
    'Clocks of others are not trusted: what lives is what was seen to be renewed. Whose clock is wrong is told.',
    'It ends with status 0 on Ctrl-C and on termination, after giving up the lock. `rollcall serve` has a monitor of its own.',
  ],
  options: {
    ttl: value('--ttl <duration>', 'down is what was not renewed for longer (--aio-ttl, else 30s)'),
    every: value('--every <duration>', 'between two looks (half of the TTL)'),
  },
  async run(context, words, { ttl, every }) {
    if (words.length > 0) throw new RollcallError('usage', `monitor takes no words: "${words.join(' ')}"`)
    const settings = {
      ...(ttl !== undefined && { ttl: durationFlag('--ttl', ttl, LEAST) }),
      ...(every !== undefined && { every: durationFlag('--every', every, LEAST) }),
    }
    const output = parseOutput(context.globals, EVENT_FORMATS)
    const form = monitorForm(createColours(context.io, context.globals.color))
    const writer = await streamWriter(context.io.stdout, output, form)
    await requireWritable(context)
    const client = await context.client()
    const tell = (event: MonitorEvent): void => {
      writer.write({ ...event, at: context.now() }).catch(() => {}) // that the reader is gone ends it below
    }
    const running = client.monitor({ ...settings, onEvent: tell })
    try {
      await context.say(`watching the AIO records of ${client.target.display}`)
      await Promise.race([ended(context.signal), running.done, writer.gone])
    } finally {
      await running[Symbol.asyncDispose]()
      await writer.flushed()
    }
    return 0
  },
})
