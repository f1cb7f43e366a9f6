import { bracketed } from '../../model/address.ts'
import type { Endpoint } from '../../model/endpoint.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit, Metadata } from '../../model/instance.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import { option } from '../../model/wording.ts'
import { plainEndpoints, plainText } from '../catalogue/plain-endpoints.ts'
import type { WriteOptions } from '../contract/backend.ts'
import { type EurekaTree, USUAL, leaseIn, metadataIn, numberIn, portIn, textIn, treeIn } from './instance.ts'
import { AGENT } from './reading.ts'
import { type EurekaRecord, registered } from './record.ts'

/** What Kratos writes of an instance's fields into the metadata. */
const FIELDS = ['ID', 'Name', 'Version', 'Endpoints', 'agent', '@class'] as const
/** Seconds: servers count milliseconds with 32 bits. */
const LONGEST = 2_147_483
const BEATS_A_TTL = 3

/** A record for each endpoint, as Kratos writes them. */
export function encode(instance: InstanceInit, options: WriteOptions): EurekaRecord[] {
  const lease = leaseOf(options)
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const metadata = metadataOf(instance, options)
  const records = plainEndpoints('Eureka', instance).map((endpoint) => {
    const text = plainText(endpoint)
    const body = bodyOf(instance, text, endpoint)
    return registered({ ...body, leaseInfo: lease, metadata: { ...metadata, Endpoints: text } }, instance.name)
  })
  refuseRepeated(records)
  return records
}

function bodyOf({ name, metadata }: InstanceInit, text: string, { host, port }: Endpoint): EurekaTree {
  const app = name.toUpperCase()
  const said = (key: string, usual: string) => metadata?.[key] ?? usual
  const securePort = Number(said('securePort', '443'))
  const ip = bracketed(host)
  return {
    instanceId: `${ip}:${app}:${port}`,
    hostName: app,
    app,
    ipAddr: ip,
    vipAddress: app,
    status: 'UP',
    port: { $: port, '@enabled': 'true' },
    securePort: { $: Number.isInteger(securePort) ? securePort : 443, '@enabled': 'false' },
    homePageUrl: said('homePageURL', `${text}/`),
    statusPageUrl: said('statusPageURL', `${text}/info`),
    healthCheckUrl: said('healthCheckURL', `${text}/health`),
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
  }
}

/** Seconds. */
function leaseOf({ ttl = USUAL.duration }: Pick<WriteOptions, 'ttl'>): EurekaTree {
  if (ttl === null)
    throw new RollcallError('usage', 'in Eureka every registration has a lease, which ends without heartbeats', {
      hint: `give it a long ${option('ttl')}, up to ${LONGEST}s`,
    })
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > LONGEST)
    throw new RollcallError('usage', `a TTL of ${ttl}s is not valid in Eureka`, {
      hint: `use whole seconds from 1 to ${LONGEST}`,
    })
  return { renewalIntervalInSecs: Math.max(1, Math.floor(ttl / BEATS_A_TTL)), durationInSecs: ttl }
}

function metadataOf({ id, name, version = '', metadata }: InstanceInit, { weight, env }: WriteOptions): Metadata {
  for (const key of FIELDS)
    if (Object.hasOwn(metadata ?? {}, key))
      throw new RollcallError('usage', `the metadata key "${key}" is taken: Eureka, or Kratos' readers, use it`, {
        hint: 'use another key',
      })
  return {
    ...metadata,
    ...(weight !== undefined && { weight: String(weight) }),
    ...(env !== undefined && { env }),
    ID: id,
    Name: name,
    Version: version,
    agent: AGENT,
  }
}

function refuseRepeated(records: readonly EurekaRecord[]): void {
  const ids = records.map(({ id }) => id)
  const repeated = ids.find((id, at) => ids.indexOf(id) !== at)
  if (repeated !== undefined)
    throw new RollcallError('usage', `Eureka holds one endpoint at a host and port, and ${repeated} would be two`, {
      hint: 'register each as an instance of its own service',
    })
}

/** Whether two say the same, their leases and statuses apart. */
export function sayTheSame(a: EurekaTree, b: EurekaTree): boolean {
  return JSON.stringify(contentOf(a)) === JSON.stringify(contentOf(b))
}

export function haveTheSameLease(a: EurekaTree, b: EurekaTree): boolean {
  const [one, other] = [leaseIn(a), leaseIn(b)]
  return one.duration === other.duration && one.renewalInterval === other.renewalInterval
}

const TEXTS = ['app', 'hostName', 'ipAddr', 'vipAddress', 'homePageUrl', 'statusPageUrl', 'healthCheckUrl'] as const

function contentOf(body: EurekaTree): readonly unknown[] {
  return [
    TEXTS.map((name) => textIn(body, name)),
    portIn(body, 'port'),
    portIn(body, 'securePort'),
    numberIn(treeIn(body, 'securePort'), '$'),
    textIn(treeIn(body, 'dataCenterInfo'), 'name'),
    metadataIn(body),
  ]
}
