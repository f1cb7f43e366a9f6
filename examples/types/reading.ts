/** What is stored in a registry, and what is read in it. */
import {
  type Client,
  type Endpoint,
  type EndpointFlaw,
  type EndpointFlawCode,
  type Entry,
  type EntryPart,
  type EntryScan,
  type InstanceEntry,
  type LayoutName,
  type LeaseState,
  type MalformedEntry,
  type Observed,
  type Page,
  type Place,
  type Problem,
  type ProblemCode,
  type RawRecord,
  type RestoreRecord,
  type ScanOptions,
  type Scope,
  type Status,
  CanonicalEntries,
  STATUSES,
  connect,
  eachKind,
  parseEndpoint,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await registry.register({ name: 'pay', id: 'pay-1', endpoints: ['grpc://10.0.0.7:9000'] }, { ttl: 60 })
const client: Client = registry.client
console.log((await client.find({ service: 'pay', id: 'pay-1' })).length)

const body = Buffer.from('{"id": "pay-2", "name"')
const record: RestoreRecord = { id: '/microservices/pay/pay-2', service: 'pay', body, ttlGranted: null }
for await (const { id, result } of client.restore([record])) console.log(id, result)

const scope: Scope = { services: ['pay'], layout: 'kratos' }
const scan: EntryScan = registry.entries(scope)
for await (const { is, service } of scan) console.log(service, is)
console.log(scan.unreadable ?? 'nothing was kept from this user')

const entries: Entry[] = []
for await (const batch of registry.entries().batches()) entries.push(...batch)
console.log(entries.map(({ is }) => is).join())

// Counting needs no objects: most records are counted by their bytes, and each call stands for all that are counted alike.
const counted = new Map<string, number>()
const parts: AsyncIterable<EntryPart> = registry.entries().parts()
for await (const part of parts)
  eachKind(part, ({ is, service }, count) =>
    counted.set(`${service} ${is}`, count + (counted.get(`${service} ${is}`) ?? 0)),
  )
console.log(counted)

const decoded = (part: EntryPart): readonly Entry[] => (part instanceof CanonicalEntries ? part.first(10).all() : part)
for await (const part of registry.entries().parts())
  for (const { is } of decoded(part)) console.log('of the first ten:', is)

const instances: InstanceEntry[] = entries.filter((entry) => entry.is === 'instance')
for (const { instance, observed, records } of instances) console.log(instance.id, observed.status, records.length)

const malformed: MalformedEntry[] = entries.filter((entry) => entry.is === 'malformed')
for (const { service, record: at, problem } of malformed) console.log(service, at.id, problem.code)

const problems: Problem[] = malformed.map(({ problem }) => problem)
for (const { message, culprit } of problems) console.log(message, culprit === undefined ? '' : `(${culprit})`)

const tolerated = new Set<ProblemCode>(['empty-name'])
console.log('to be fixed:', problems.filter(({ code }) => !tolerated.has(code)).length)

const observed: Observed | undefined = instances[0]?.observed
console.log(observed?.status, observed?.layout, observed?.lease === undefined ? 'for good' : 'with a lease')

const layouts = new Set<LayoutName | 'service'>(instances.map((entry) => entry.observed.layout ?? 'service'))
console.log('written by', [...layouts].join())

const where = ({ datacenter, node, namespace }: Place): string => datacenter ?? node ?? namespace ?? 'nowhere special'
console.log(where(observed?.place ?? {}))

const worst: Status = 'maintenance' // of the statuses, best first
const usable = STATUSES.slice(0, STATUSES.indexOf(worst))
console.log(usable.join())

const options: ScanOptions = { detail: true, signal: AbortSignal.timeout(60_000) }
const pages: Page[] = []
for await (const page of registry.scan({ services: ['pay'] }, options)) pages.push(page)
console.log('at one revision:', new Set(pages.map(({ revision }) => revision)).size === 1)

const raw: RawRecord | undefined = pages[0]?.records[0]
console.log(raw?.id, raw?.body instanceof Uint8Array ? 'as bytes' : 'as an object')

const lease: LeaseState | undefined = raw?.leaseState
console.log(lease?.granted, lease?.keys.length)

const endpoint: Endpoint | EndpointFlaw = parseEndpoint('grpcs://[2001:db8::1]:9000')
if (endpoint.is === 'endpoint') console.log(endpoint.address, endpoint.secure ? 'with TLS' : 'in the clear')

const flaw: Endpoint | EndpointFlaw = parseEndpoint('http://orders.local')
if (flaw.is === 'flaw') console.log(flaw.code, flaw.message)

const harmless = new Set<EndpointFlawCode>(['no-scheme'])
const flaws = ['orders.local:80', 'http://:80'].map(parseEndpoint).filter((each) => each.is === 'flaw')
console.log(flaws.filter(({ code }) => !harmless.has(code)).map(({ code }) => code))
