import { formatDuration } from '../../model/duration.ts'
import type { InstanceItem } from '../../reports/instances.ts'

/** Seconds since it was registered, or else since it started; undefined when the registry knows neither. */
export function ageInSeconds({ registeredAt, startedAt }: InstanceItem, now: number): number | undefined {
  const since = registeredAt ?? startedAt
  return since === undefined ? undefined : Math.max(0, Math.floor((now - Date.parse(since)) / 1000))
}

/** `12s`, `3m`, `5d`; empty when unknown. */
export function secondsForPeople(seconds: number | undefined): string {
  return seconds === undefined ? '' : formatDuration(seconds * 1000)
}

/** `2026-11-21T10:00:00.000Z (5m ago)`; empty when unknown. */
export function timeForPeople(time: string | undefined, now: number): string {
  return time === undefined ? '' : `${time} (${secondsForPeople((now - Date.parse(time)) / 1000)} ago)`
}

/** `9s of 15s`; empty when unknown. */
export function ttlForPeople(ttl: InstanceItem['ttl']): string {
  const granted = secondsForPeople(ttl?.granted)
  const remaining = secondsForPeople(ttl?.remaining)
  return remaining && granted ? `${remaining} of ${granted}` : remaining || granted
}
