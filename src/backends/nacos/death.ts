import { formatDuration } from '../../model/duration.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Aftermath } from '../contract/backend.ts'
import { beatsOf } from './host.ts'
import { bodyOf } from './record.ts'

/** Nacos removes silent ephemeral instances itself; persistent ones stay for ever. One endpoint that lives is enough to live. */
export function dead({ records }: InstanceEntry): string | undefined {
  const hosts = records.map((record) => bodyOf(record)?.host)
  const all = hosts.every((host) => host && !host.ephemeral && !host.healthy && host.enabled && host.weight > 0)
  return all ? 'persistent, and the server cannot connect to it' : undefined
}

export function aftermath(record: RawRecord): Aftermath {
  const body = bodyOf(record)
  if (!body?.host.ephemeral) return { comesBack: false }
  if (body.holder !== undefined) {
    const note = `the gRPC client ${body.holder} holds it, so it cannot be removed over HTTP: rollcall offline takes it out of traffic`
    return { comesBack: true, note }
  }
  if (!body.host.healthy) return { comesBack: false, note: 'the server removes it by itself' }
  const within = formatDuration(beatsOf(body.host).every)
  return { comesBack: true, note: `its process, if it lives, brings it back with its next heartbeat, within ${within}` }
}
