import { isAccessDenied } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import { Code, textIn, treeIn } from './answer.ts'
import type { PolarisInstance } from './instance.ts'
import type { PolarisContext } from './api.ts'
import { bodyOf } from './record.ts'

/** Requests at the same time. */
const ABREAST = 16

/** The same records with when each last sent a heartbeat, as far as the console tells this user. */
export async function withLastHeartbeat(
  polaris: PolarisContext,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): Promise<RawRecord[]> {
  const told: RawRecord[] = []
  for (let at = 0; at < records.length; at += ABREAST) {
    const abreast = records.slice(at, at + ABREAST)
    try {
      told.push(...(await Promise.all(abreast.map((record) => ask(polaris, record, signal)))))
    } catch (error) {
      if (!isAccessDenied(error)) throw error
      polaris.logger.info(`${error.message}: the times of heartbeats are left out`)
      return [...told, ...records.slice(at)]
    }
  }
  return told
}

async function ask(polaris: PolarisContext, record: RawRecord, signal: AbortSignal | undefined): Promise<RawRecord> {
  const body = bodyOf(record)
  if (body?.instance.ttl === undefined) return record
  const lastHeartbeat = await lastHeartbeatOf(polaris, body.instance, signal)
  return lastHeartbeat === undefined
    ? record
    : { ...record, body: { ...body, instance: { ...body.instance, lastHeartbeat } } }
}

async function lastHeartbeatOf(
  { api }: PolarisContext,
  instance: PolarisInstance,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { namespace, service, host, port } = instance
  const query = new URLSearchParams({ namespace, service, host, port: String(port) })
  const { body } = await api.call({
    method: 'GET',
    path: `/maintain/v1/instance/heartbeat?${query.toString()}`,
    doing: 'read when heartbeats came',
    accepts: [Code.notFound, Code.heartbeatOff],
    signal,
  })
  const seconds = Number(textIn(treeIn(treeIn(body, 'instance'), 'metadata'), 'last-heartbeat-timestamp'))
  return seconds > 0 ? seconds : undefined
}
