import { type MonitorEvent, skewText } from '../../client/monitor/event.ts'
import { formatDuration } from '../../model/duration.ts'
import { clean } from './clean.ts'
import type { Colours, Tone } from './colours.ts'
import type { EventForm } from './event-writer.ts'

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
