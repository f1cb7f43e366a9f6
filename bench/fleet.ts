/** A Kratos instance as a company of that size would have registered it. */
export interface Record {
  readonly key: string
  readonly value: string
}

const WORDS = ['payments', 'orders', 'users', 'mailer', 'search', 'ledger', 'carts', 'quotes', 'media', 'risk']
const ROLES = ['api', 'worker', 'gateway', 'admin', 'sync', 'cron', 'stream', 'cache', 'report', 'edge']
const ZONES = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']
const SERVICES = 500

/** The `at`-th of a fleet: 500 services, key and value together about 420 bytes. The same every time. */
export function instance(at: number, prefix = '/microservices'): Record {
  const service = at % SERVICES
  const name = `${WORDS[service % 10]}-${ROLES[Math.floor(service / 10) % 10]}-${Math.floor(service / 100)}`
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
    },
    endpoints: [`grpc://${host}:9000`, `http://${host}:8000`],
  }
  return { key: `${prefix}/${name}/${id}`, value: JSON.stringify(value) }
}

function hex(number: number, digits: number): string {
  return (number % 16 ** digits).toString(16).padStart(digits, '0')
}
