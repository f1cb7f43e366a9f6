import type { MonitorEvent } from '../../client/monitor/event.ts'
import { formatDuration, skewText } from '../../model/duration.ts'
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
  examples: [
    { line: 'rollcall monitor', does: 'until Ctrl-C; several may run, and one of them acts' },
    { line: 'rollcall monitor --ttl 1m --every 20s', does: 'mark what was not renewed for a minute' },
    { line: 'rollcall monitor -o ndjson', does: 'an event a line, for a log' },
  ],
  notes: [
    'It writes the status `down` and the time, and removes nothing. A renewal is never overwritten; it brings the instance back.',
    'A lock in the registry decides which monitor acts. When its holder ends, is killed, frozen or cut off, another takes over, and a monitor that has lost the lock writes nothing.',
    'It does not trust the clocks of other machines: an instance is alive when its renewals were seen. A wrong clock is reported.',
    'It ends with status 0 on Ctrl-C and on termination, after giving up the lock. `rollcall serve` has a monitor of its own.',
  ],
  options: {
    ttl: value('--ttl <duration>', 'mark records not renewed for this long (--aio-ttl, else 30s)'),
    every: value('--every <duration>', 'interval between two checks (half of the TTL)'),
  },
  async run(context, words, { ttl, every }) {
    if (words.length > 0) throw new RollcallError('usage', `monitor takes no arguments: "${words.join(' ')}"`)
    const settings = {
      ...(ttl !== undefined && { ttl: durationFlag('--ttl', ttl, LEAST) }),
      ...(every !== undefined && { every: durationFlag('--every', every, LEAST) }),
    }
    const output = parseOutput(context.globals, EVENT_FORMATS)
    const form = monitorForm(await createColours(context.io, context.globals.color))
    const writer = await streamWriter(context.io.stdout, output, form)
    await requireWritable(context)
    const client = await context.client()
    const print = (event: MonitorEvent): void => {
      writer.write({ ...event, at: context.now() })?.catch(() => {}) // a reader that is gone ends the command below
    }
    const running = client.monitor({ ...settings, onEvent: print })
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

/** An event of a monitor, and when it happened, in milliseconds since 1970. */
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
      return 'this monitor marks records that are not renewed as down'
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
