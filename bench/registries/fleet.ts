/** A Kratos instance as a company of that size would have registered it. */
export interface Record {
  readonly key: string
  readonly value: string
}

/** Where instances are, and of which form they are. */
export interface Shape {
  readonly prefix?: string
  readonly services?: number
  /** Bytes of metadata beyond the usual five entries. */
  readonly metadata?: number
}

/** Where Kratos writes, and where rollcall reads unless told otherwise. */
export const PREFIX = '/microservices'
export const SERVICES = 500

const WORDS = ['payments', 'orders', 'users', 'mailer', 'search', 'ledger', 'carts', 'quotes', 'media', 'risk']
const ROLES = ['api', 'worker', 'gateway', 'admin', 'sync', 'cron', 'stream', 'cache', 'report', 'edge']
const ZONES = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']
const ENTRY = 100

/** The `at`-th of a fleet: 500 services, key and value together about 420 bytes. The same every time. */
export function instance(at: number, { prefix = PREFIX, services = SERVICES, metadata = 0 }: Shape = {}): Record {
  const service = at % services
  const name = nameOf(service)
  const id = `${hex(at * 2_654_435_761, 8)}-7c1e-11f0-${hex(at % 65_536, 4)}-0242ac${hex(at, 6)}`
  const host = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`
  const value = {
    id,
    name,
    version: `v1.${service % 30}.${at % 3}`,
    metadata: {
      env: 'production',
      region: 'eu-central-1',
      zone: ZONES[at % 3],
      'git.commit': hex(service * 40_503 + (at % 3), 8),
      owner: `team-${WORDS[service % 10]}@example.org`,
      ...padding(metadata, at),
    },
    endpoints: [`grpc://${host}:9000`, `http://${host}:8000`],
  }
  return { key: `${prefix}/${name}/${id}`, value: JSON.stringify(value) }
}

/** The name of the so-manieth service of a fleet. */
export function nameOf(service: number): string {
  return `${WORDS[service % 10]}-${ROLES[Math.floor(service / 10) % 10]}-${Math.floor(service / 100)}`
}

/** Entries of a hundred bytes, such as feature flags, that differ from one instance to the next. */
function padding(bytes: number, at: number): { [key: string]: string } {
  const entries: { [key: string]: string } = {}
  for (let left = bytes; left > 0; left -= ENTRY) {
    const key = `feature.${hex(left, 4)}`
    const unit = `${WORDS[(at + left) % 10]}=${ROLES[(at * 7 + left) % 10]},`
    entries[key] = unit.repeat(ENTRY).slice(0, Math.min(left, ENTRY) - key.length)
  }
  return entries
}

function hex(number: number, digits: number): string {
  return (number % 16 ** digits).toString(16).padStart(digits, '0')
}
