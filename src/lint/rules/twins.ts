import { originOf, quoted } from '../finding.ts'
import { FRAMEWORKS } from './frameworks.ts'
import { hashes, hashOf } from '../hashes.ts'
import type { Fold, FoldHit, FoldRule, FindingOrigin, Subject } from '../rule.ts'

interface Holder {
  readonly id: string
  readonly origin: FindingOrigin
  told: boolean
}

/** The first to hold each address that another instance of the service may hold too. */
type Holders = Map<string, Holder>

export const twins: FoldRule = {
  code: 'RC1401',
  severity: 'warning',
  title: 'one address under two ids of a service',
  cause:
    'A process was restarted with a new id while its old record lives on, or a container took over an address of a dead one. ' +
    'Clients send the address twice its share, and one of the two records is a ghost.',
  fix: 'see which is older (get <service>/<id>), and deregister the one whose process is gone',
  good: '/microservices/twin/t-1\n{"id":"t-1",…,"endpoints":["grpc://10.0.0.20:9000"]}\n/microservices/twin/t-2\n{"id":"t-2",…,"endpoints":["grpc://10.0.0.21:9000"]}',
  bad: '/microservices/twin/t-1\n{"id":"t-1",…,"endpoints":["grpc://10.0.0.20:9000"]}\n/microservices/twin/t-2\n{"id":"t-2",…,"endpoints":["grpc://10.0.0.20:9000"]}',
  layouts: ['kratos', 'kratos-scheme', 'aio', 'plain', ...FRAMEWORKS, 'service'],
  begin: beginTwins,
}

/** 8 bytes an address, released at the end of each service; then only what was seen twice. */
function beginTwins(): Fold {
  const seen = hashes()
  const suspects = new Map<string, Set<number>>()
  let service: string | undefined
  let holders: Holders = new Map()
  const endService = () => {
    const repeated = seen.repeated()
    if (service !== undefined && repeated.size > 0) suspects.set(service, repeated)
    seen.clear()
  }
  return {
    add(subject) {
      if (subject.service !== service) endService()
      service = subject.service
      for (const address of addressesOf(subject)) seen.add(address)
      return []
    },
    end() {
      endService()
      service = undefined
      return [...suspects.keys()]
    },
    again(subject) {
      if (subject.service !== service) holders = new Map()
      service = subject.service
      const suspect = suspects.get(service)
      const shared = addressesOf(subject).filter((address) => suspect?.has(hashOf(address)))
      return shared.length > 0 ? compare(subject, shared, holders) : []
    },
  }
}

/** One finding a record, however many addresses it shares. */
function compare(subject: Subject, addresses: readonly string[], holders: Holders): FoldHit[] {
  if (subject.reading.is !== 'instance') return []
  const own: Holder = { id: subject.reading.instance.id, origin: originOf(subject), told: false }
  const hits: FoldHit[] = []
  for (const address of addresses) {
    const first = holders.get(address)
    if (first === undefined) holders.set(address, own)
    else if (first.id !== own.id) hits.push(...tell(first, own, address), ...tell(own, first, address))
  }
  return hits
}

function tell(holder: Holder, other: Holder, address: string): FoldHit[] {
  if (holder.told) return []
  holder.told = true
  const listener = address.slice(address.indexOf(' ') + 1)
  return [{ origin: holder.origin, message: `${quoted(other.id)} has the address ${listener} too`, culprit: listener }]
}

/** In AIO one address may be registered once for each environment. */
function addressesOf({ reading, layout, listeners }: Subject): string[] {
  if (reading.is !== 'instance') return []
  const env = layout === 'aio' ? (reading.observed.env ?? '') : ''
  return listeners.map((listener) => `${env} ${listener}`)
}
