import { originOf } from '../../lint/finding.ts'
import type { Fold, FoldHit, FoldRule, Subject } from '../../lint/rule.ts'
import { kratosName } from './names.ts'
import { ownRecord } from './record.ts'

/** The schemes at each ip of a service, as `namespace/group/cluster/ip`. */
type Schemes = Map<string, Set<string>>

/** The rule about endpoints that are missing: Kratos registers them one by one, and does not undo what it has registered. */
export const missingEndpoint: FoldRule = {
  code: 'RC2207',
  severity: 'warning',
  title: 'an endpoint that others of the service have is missing',
  cause:
    'Kratos registers the endpoints one after the other and leaves the first ones when a later one fails; over gRPC (Kratos v3) a second endpoint of ' +
    'one scheme replaces the first. Clients of the missing scheme never reach this process.',
  fix: 'restart the process and look into its log for the registration that failed',
  good: 'public/DEFAULT_GROUP@@sre.grpc/DEFAULT/10.0.0.1:9000\npublic/DEFAULT_GROUP@@sre.http/DEFAULT/10.0.0.1:8000',
  bad: 'public/DEFAULT_GROUP@@sre.grpc/DEFAULT/10.0.0.1:9000\n(no sre.http at 10.0.0.1, where 10.0.0.2 has both)',
  begin: beginFold,
}

/** Keeps the ips of one service, and of the services before only those that lack something. */
function beginFold(): Fold {
  const suspects = new Map<string, Map<string, readonly string[]>>()
  const told = new Set<string>()
  let service: string | undefined
  let seen: Schemes = new Map()
  const endService = () => {
    const lacking = lackingIn(seen)
    if (service !== undefined && lacking.size > 0) suspects.set(service, lacking)
    seen = new Map()
  }
  return {
    add(subject) {
      if (subject.service !== service) endService()
      service = subject.service
      const [key, scheme] = placeOf(subject)
      if (key !== undefined && scheme !== undefined) seen.set(key, (seen.get(key) ?? new Set()).add(scheme))
      return []
    },
    end() {
      endService()
      service = undefined
      return [...suspects.keys()]
    },
    again(subject): readonly FoldHit[] {
      const [key = ''] = placeOf(subject)
      const lacks = suspects.get(subject.service)?.get(key)
      if (!lacks || told.has(`${subject.service} ${key}`)) return []
      told.add(`${subject.service} ${key}`)
      return [
        {
          origin: originOf(subject),
          message: `it has no ${lacks.join(' and no ')} endpoint, which others of the service have`,
        },
      ]
    },
  }
}

/** What each ip lacks of the schemes that another ip of its cluster has all together. */
function lackingIn(seen: Schemes): Map<string, readonly string[]> {
  const most = new Map<string, Set<string>>()
  for (const [key, schemes] of seen) {
    const cluster = key.slice(0, key.lastIndexOf('/'))
    if (schemes.size > (most.get(cluster)?.size ?? 1)) most.set(cluster, schemes)
  }
  const lacking = new Map<string, readonly string[]>()
  for (const [key, schemes] of seen) {
    const all = most.get(key.slice(0, key.lastIndexOf('/'))) ?? []
    const lacks = [...all].filter((scheme) => !schemes.has(scheme))
    if (lacks.length > 0) lacking.set(key, lacks)
  }
  return lacking
}

function placeOf({ record, reading }: Subject): [key?: string, scheme?: string] {
  const address = reading.is === 'instance' ? ownRecord(record)?.address : undefined
  if (!address) return []
  const { namespace, group, cluster, ip, name } = address
  const scheme = kratosName(name)?.scheme
  return scheme === undefined ? [] : [`${namespace}/${group}/${cluster}/${ip}`, scheme]
}
