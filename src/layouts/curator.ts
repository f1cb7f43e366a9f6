import { isUtf8 } from 'node:buffer'
import { parseAddress } from '../model/address.ts'
import { RollcallError } from '../model/errors.ts'
import type { Status } from '../model/status.ts'
import { INSTANCE_STATUS, readCurator, SPRING_PAYLOAD } from './curator-value.ts'
import { groupKeyAt } from './dubbo.ts'
import { frameworkLayout, keyBelow } from './framework.ts'
import { membersOf } from './go-members.ts'
import { editJson } from './json-edit.ts'
import { refuseBeyond, schemeAndAddress } from './one-address.ts'
import { has } from './shape.ts'

/** Curator's x-discovery, which Spring Cloud ZooKeeper and Dubbo's applications use: JSON at `{prefix}/{service}/{id}`. */
export const curator = frameworkLayout({
  name: 'curator',
  defaultPrefix: '/services',
  prefixes: { tree: ['/services'] },
  sign: {
    title: 'Curator',
    layout: 'curator',
    is: ({ shape }) => shape !== undefined && has(shape.exact, 'name', 'id', 'registrationTimeUTC', 'serviceType'),
    removal: {
      comesBack: false,
      note: 'its process, if still running, stays unregistered until it opens a new session',
    },
  },
  // Dubbo's applications have parts of theirs in the layout dubbo.
  hasParts: true,
  failsByOne: true,
  read({ value }) {
    const read = readCurator(value)
    if (read === undefined) return undefined
    const { endpoints, metadata, isOfDubbo } = read
    return { endpoints, metadata, observed: observedOf(read), ...(isOfDubbo && { groupKey: groupKeyAt(read.id) }) }
  },
  encode(instance, options) {
    refuseBeyond('curator', ['metadata'], instance, options)
    const { scheme = 'http', address } = schemeAndAddress('curator', instance)
    const { host = '', port = 0 } = parseAddress(address) ?? {}
    const secure = scheme === 'https'
    const status = options.status ?? 'up'
    const metadata = { ...instance.metadata, ...(status !== 'up' && { [INSTANCE_STATUS]: wordFor(status) }) }
    const { name, id } = instance
    // A reader of Curator alone fails on a class that it does not have, so there is a payload only where it says something.
    const payload = Object.keys(metadata).length > 0 ? { '@class': SPRING_PAYLOAD, id, name, metadata } : null
    const value = {
      name,
      id,
      address: host,
      port: secure ? null : port,
      sslPort: secure ? port : null,
      payload,
      registrationTimeUTC: options.now,
      serviceType: options.isPersistent ? 'PERMANENT' : 'DYNAMIC',
      uriSpec: { parts: uriParts(scheme) },
    }
    return [{ key: keyBelow(options, name, id), value: JSON.stringify(value) }]
  },
  setStatus(value, status) {
    const word = wordFor(status)
    const payload = membersOf(value)?.get('payload') ?? 'null'
    if (!isUtf8(value) || readCurator(value)?.payloadClass !== SPRING_PAYLOAD) return undefined
    const metadata = membersOf(payload)?.get('metadata') ?? '{}'
    const edited = editJson(Buffer.from(membersOf(metadata) ? metadata : '{}'), {
      [INSTANCE_STATUS]: JSON.stringify(word),
    })
    const inPayload = editJson(Buffer.from(payload), { metadata: Buffer.from(edited).toString() })
    return editJson(value, { payload: Buffer.from(inPayload).toString() })
  },
  noStatus: "only Spring Cloud's clients obey a status in Curator's records, and this record is not Spring Cloud's",
})

const part = (value: string, variable: boolean) => ({ value, variable })

/** The form that Spring Cloud writes, `{scheme}://{address}:{port}`, where `scheme` means http or, without a port, https. */
function uriParts(scheme: string) {
  const isUsual = scheme === 'http' || scheme === 'https'
  const port = part(scheme === 'https' ? 'ssl-port' : 'port', true)
  return [part(isUsual ? 'scheme' : scheme, isUsual), part('://', false), part('address', true), part(':', false), port]
}

/** Up unless the record says otherwise. */
function observedOf({ isEnabled, metadata, registeredAt }: NonNullable<ReturnType<typeof readCurator>>) {
  const word = Object.hasOwn(metadata, INSTANCE_STATUS) ? (metadata[INSTANCE_STATUS] ?? '').trim() : ''
  const isOut = word !== '' && word.toUpperCase() !== 'UP'
  const reason = isOut ? `${INSTANCE_STATUS} ${word}` : isEnabled ? undefined : 'enabled is false'
  return {
    ...(registeredAt !== undefined && { registeredAt }),
    ...(reason !== undefined && { status: 'maintenance' as const, reason }),
  }
}

/** The word of Spring Cloud for a status. */
function wordFor(status: Status): string {
  if (status === 'up') return 'UP'
  if (status === 'down' || status === 'maintenance') return 'OUT_OF_SERVICE'
  throw new RollcallError('usage', `layout curator has no status "${status}"`, { hint: 'it has up and maintenance' })
}
