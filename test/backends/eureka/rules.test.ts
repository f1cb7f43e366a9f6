import { expect, it } from 'vitest'
import { read } from '../../../src/backends/eureka/reading.ts'
import { recordOf, serviceOf } from '../../../src/backends/eureka/record.ts'
import { EUREKA_RULES } from '../../../src/backends/eureka/rules.ts'
import { allRules } from '../../../src/backends/rules.ts'
import { checkEntries } from '../../../src/lint/check.ts'

const ALL_RULES = await allRules()

const NOW = Date.UTC(2026, 10, 21)
const LEASE = { durationInSecs: 90, registrationTimestamp: NOW, lastRenewalTimestamp: NOW }

/** As Kratos writes it, with the name of its service, its port, and the endpoint in its metadata. */
function kratos(name: string, port: number, { endpoint = `grpc://10.0.0.1:${port}`, host = '10.0.0.1' } = {}): object {
  const app = name.toUpperCase()
  return {
    instanceId: `${host}:${app}:${port}`,
    hostName: app,
    app,
    ipAddr: host,
    vipAddress: app,
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
    port: { $: port, '@enabled': 'true' },
    securePort: { $: 443, '@enabled': 'false' },
    leaseInfo: LEASE,
    metadata: { ID: `${name}-${host}`, Name: name, Version: 'v1.0.0', Endpoints: endpoint, agent: 'go-eureka-client' },
    lastDirtyTimestamp: String(NOW),
  }
}

async function codesOf(instances: readonly object[], { rules = ALL_RULES, at = NOW } = {}): Promise<string[]> {
  const records = instances.map((each) => recordOf(each as never, serviceOf(each as never), { at, directly: true }))
  async function* look(services?: readonly string[]) {
    const asked = records.filter((record) => !services || services.includes(record.service))
    yield asked.map((record) => ({ record, reading: read(record) }))
  }
  const codes: string[] = []
  for await (const batch of checkEntries(look, { rules, now: NOW }))
    codes.push(...batch.map(({ rule, key }) => `${rule} ${key}`))
  return codes
}

const SHARED = kratos('sre', 9000, { endpoint: 'http://10.0.0.1:8000' })
const NO_PORT = kratos('sre', 0, { endpoint: 'grpc://10.0.0.1:9000?isSecure=false' })
const OTHER_SPELLING = kratos('Sre', 9001, { endpoint: 'grpc://10.0.0.2:9001', host: '10.0.0.2' })

it('finds nothing in what Kratos and rollcall write', async () => {
  expect(await codesOf([kratos('sre', 9000), kratos('sre', 8000, { endpoint: 'http://10.0.0.1:8000' })])).toEqual([])
})

it.each<[string, object[], number, string[]]>([
  ['an endpoint of another record', [SHARED], 0, ['RC2501 SRE/10.0.0.1:SRE:9000']],
  ['port 0', [NO_PORT], 0, ['RC2501 SRE/10.0.0.1:SRE:0', 'RC2502 SRE/10.0.0.1:SRE:0']],
  ['a lease that is overdue, and has not ended', [kratos('sre', 9000)], 80_000, []],
  ['a lease that has ended', [kratos('sre', 9000)], 100_000, ['RC2503 SRE/10.0.0.1:SRE:9000']],
  [
    'two spellings of a name',
    [kratos('sre', 9000), OTHER_SPELLING],
    0,
    ['RC2504 SRE/10.0.0.1:SRE:9000', 'RC2504 SRE/10.0.0.2:SRE:9001'],
  ],
])('%s', async (_, instances, after, expected) => {
  const codes = await codesOf(instances, { at: NOW + after, rules: EUREKA_RULES })
  expect(codes.toSorted()).toEqual(expected)
})

it('has every rule tried here', async () => {
  const codes = await codesOf([SHARED, NO_PORT, OTHER_SPELLING], { rules: EUREKA_RULES, at: NOW + 100_000 })
  expect(new Set(codes.map((code) => code.slice(0, 6)))).toEqual(new Set(EUREKA_RULES.map(({ code }) => code)))
})
