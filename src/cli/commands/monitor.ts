import { type MonitorEvent, skewText } from '../../client/monitor/event.ts'
import { formatDuration } from '../../model/duration.ts'
import { RollcallError } from '../../model/errors.ts'
import { durationFlag, value } from '../args/options.ts'
import { requireWritable } from '../change/confirmation.ts'
import { command, ended } from '../command.ts'
import { type Colours, type Tone, createColours } from '../output/colours.ts'
import { EVENT_FORMATS, type EventForm, streamWriter } from '../output/event-writer.ts'
import { parseOutput } from '../output/options.ts'
import { clean } from '../output/text.ts'

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

/** What a monitor told, and when, in milliseconds since 1970. */
export type TimedMonitorEvent = MonitorEvent & { readonly at: number }

const TONES: Readonly<Record<MonitorEvent['type'], Tone>> = {
  standby: 'quiet',
  leading: 'notice',
  lost: 'notice',
  down: 'bad',
  skew: 'notice',
  failed: 'bad',
}

export function monitorForm(colours: Colours): EventForm<TimedMonitorEvent> {
  const line = (event: TimedMonitorEvent): string =>
    `${timeOf(event)}  ${colours(TONES[event.type], event.type.padEnd(7))}  ${clean(textOf(event))}`
  return { kind: 'MonitorEvent', line, item }
}

function item(event: TimedMonitorEvent): object {
  return {
    type: event.type,
    time: timeOf(event),
    ...('entry' in event && { service: event.entry.service, id: event.entry.instance.id }),
    ...('unrenewedFor' in event && { unrenewedFor: event.unrenewedFor / 1000 }),
    ...('ahead' in event && { ahead: event.ahead / 1000 }),
    ...('leader' in event && { leader: event.leader }),
    ...('message' in event && { message: event.message }),
  }
}

function timeOf({ at }: TimedMonitorEvent): string {
  return new Date(at).toISOString()
}

function textOf(event: TimedMonitorEvent): string {
  switch (event.type) {
    case 'standby':
      return `the lock is held by ${event.leader}`
    case 'leading':
      return 'what is not renewed is marked as down from here'
    case 'down':
      return `${nameOf(event)}  not renewed for ${formatDuration(event.unrenewedFor)}`
    case 'skew':
      return `${nameOf(event)}  ${skewText(event.ahead)}`
    default:
      return event.message
  }
}

function nameOf({ entry }: Extract<MonitorEvent, { readonly type: 'down' | 'skew' }>): string {
  return `${entry.service}/${entry.instance.id}`
}
