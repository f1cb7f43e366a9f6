import type { Metadata } from '../../model/instance.ts'
import { textsInOrder } from '../../model/texts.ts'

/** One instance as Nacos lists it, without what the server adds. */
export interface Host {
  readonly ip: string
  readonly port: number
  readonly weight: number
  readonly healthy: boolean
  readonly enabled: boolean
  readonly ephemeral: boolean
  readonly clusterName: string
  /** Keys in order: Nacos lists them in any. */
  readonly metadata: Metadata
}

/** How often an ephemeral instance sends heartbeats and what follows without them, in milliseconds. */
export interface Beats {
  readonly every: number
  readonly unhealthyAfter: number
  readonly deletedAfter: number
}

const BEATS: Beats = { every: 5_000, unhealthyAfter: 15_000, deletedAfter: 30_000 }

/** An instance in an answer of Nacos; undefined for anything else. */
export function hostIn(value: unknown): Host | undefined {
  if (!isObject(value)) return undefined
  const { ip, port, weight, healthy, enabled, ephemeral, clusterName, metadata = {} } = value
  if (typeof ip !== 'string' || typeof port !== 'number' || typeof weight !== 'number') return undefined
  if (typeof clusterName !== 'string' || !isObject(metadata)) return undefined
  return {
    ip,
    port,
    weight,
    healthy: healthy === true,
    enabled: enabled === true,
    ephemeral: ephemeral === true,
    clusterName,
    metadata: textsInOrder(metadata),
  }
}

/** Whether they were registered alike; their health and whether they are enabled make no difference. */
export function sayTheSame(a: Host, b: Host): boolean {
  const ignored = { healthy: true, enabled: true }
  return JSON.stringify({ ...a, ...ignored }) === JSON.stringify({ ...b, ...ignored })
}

/** The server's defaults, unless the metadata say otherwise. Source: com.alibaba.nacos.api.naming.PreservedMetadataKeys. */
export function beatsOf({ metadata }: Host): Beats {
  return {
    every: milliseconds(metadata['preserved.heart.beat.interval']) ?? BEATS.every,
    unhealthyAfter: milliseconds(metadata['preserved.heart.beat.timeout']) ?? BEATS.unhealthyAfter,
    deletedAfter: milliseconds(metadata['preserved.ip.delete.timeout']) ?? BEATS.deletedAfter,
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function milliseconds(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
}
