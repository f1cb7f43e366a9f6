// A small company's registry as it is found one morning: live services of several teams, instances that nobody
// renews any more, and the malformed keys that a build without a service name leaves behind.

const HOURS = 3600
const MICROSERVICES = '/microservices'
const AIO = '/aio/registry'

/** Raw records as a backup of `rollcall purge` holds them, one object a record. `now` in milliseconds since 1970. */
export function company(now) {
  const lease = leases()
  return [
    ...fleet('payments', 3, { version: 'v1.4.2', ports: [9000, 8000], net: '10.1.4', zone: 'ams-1', lease }),
    ...fleet('payments-ledger', 2, { version: 'v2.0.1', ports: [9000], net: '10.1.5', zone: 'ams-1', lease }),
    ...fleet('orders', 2, { version: 'v3.11.0', ports: [9000, 8000], net: '10.1.6', zone: 'ams-2', lease }),
    kratos(
      'orders',
      'orders-canary',
      ['grpc://10.1.6.40:9000'],
      { version: 'v3.12.0-rc.1', zone: 'ams-2', track: 'canary' },
      lease(),
    ),
    ...fleet('users', 2, { version: 'v1.9.3', ports: [9000], net: '10.1.7', zone: 'ams-1', lease }),
    ...fleet('search', 2, { version: 'v0.8.0', ports: [9000], net: '10.1.8', zone: 'ams-2', lease }),
    kratos('search', 'search-old', ['grpc://10.1.8.77:9000'], { version: 'v0.7.4', zone: 'ams-2' }, null),
    ...schemeParts('sre', 'node-7.local', ['grpc://10.1.9.7:9000', 'http://10.1.9.7:8000'], lease()),
    ...brokenBuilds(lease),
    ...mailers(now),
  ]
}

function fleet(name, count, { version, ports, net, zone, lease }) {
  return Array.from({ length: count }, (_, at) => {
    const host = `${net}.${at + 11}`
    const endpoints = ports.map((port) => `${port === 9000 ? 'grpc' : 'http'}://${host}:${port}`)
    return kratos(name, `${name}-${at + 1}`, endpoints, { version, zone }, lease())
  })
}

function kratos(name, id, endpoints, { version, ...metadata }, lease) {
  return record(`${MICROSERVICES}/${name}/${id}`, name, { id, name, version, metadata, endpoints }, lease)
}

/** One record a scheme, as seed-style writers do it. */
function schemeParts(name, id, endpoints, lease) {
  return endpoints.map((endpoint) => {
    const value = { id, name, version: 'v1.0.0', metadata: {}, endpoints: [endpoint] }
    return record(`${MICROSERVICES}/${name}/${endpoint.split(':')[0]}/${id}`, name, value, lease)
  })
}

/** What `go build` without -ldflags leaves: an empty name, and the host's name as the id. */
function brokenBuilds(lease) {
  const nameless = (id, host) => {
    const value = { id, name: '', version: '', metadata: null, endpoints: [`grpc://${host}:9000`] }
    return record(`${MICROSERVICES}//${id}`, '', value, lease())
  }
  return [
    nameless('build-agent-3', '10.1.2.33'),
    nameless('annas-macbook.local', '10.1.2.61'),
    record(
      `${MICROSERVICES}/users/`,
      'users',
      { id: '', name: 'users', version: 'v1.9.3', metadata: null, endpoints: ['grpc://10.1.7.30:9000'] },
      lease(),
    ),
    record(`${MICROSERVICES}/users/tmp`, 'users', 'put by hand, remove me', null),
  ]
}

/** The AIO team's mailers: liveness is in the value, so dead ones stay until somebody removes them. */
function mailers(now) {
  const days = 86_400_000
  const mailer = (id, host, status, renewed) => {
    const value = {
      id,
      name: 'mailer',
      address: `${host}:8080`,
      protocol: 'http',
      env: 'prod',
      register_time: time(now - 40 * days),
      start_time: time(now - 40 * days),
      offline_time: status === 'down' ? time(renewed + 30_000) : '0001-01-01T00:00:00Z',
      last_renew_time: time(renewed),
      metadata: { version: '2.3.0' },
      weight: 100,
      status,
    }
    return record(`${AIO}/mailer/${id}`, 'mailer', value, null)
  }
  return [
    mailer('mailer-4f0c2a7be19d3356', '10.1.3.21', 'up', now),
    mailer('mailer-91d2c05ab7e4f013', '10.1.3.22', 'down', now - 6 * days),
    mailer('mailer-c7a81b3f60d2e945', '10.1.3.23', 'up', now - 2 * days),
  ]
}

function time(milliseconds) {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

function leases() {
  let last = 0x70cc_0000
  return () => ({ lease: (++last).toString(16), ttl: 8 * HOURS })
}

const base64 = (text) => Buffer.from(text).toString('base64')

function record(key, service, value, lease) {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return {
    id: key,
    service,
    key: base64(key),
    value: base64(text),
    ttl: lease?.ttl ?? null,
    ...(lease ? { lease: lease.lease } : {}),
  }
}
