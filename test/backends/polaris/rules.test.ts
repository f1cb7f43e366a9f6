import { expect, it } from 'vitest'
import type { PolarisInstance } from '../../../src/backends/polaris/instance.ts'
import { detectLayout } from '../../../src/backends/polaris/layout.ts'
import { read, readRecordOf } from '../../../src/backends/polaris/record.ts'
import { POLARIS_RULES } from '../../../src/backends/polaris/rules.ts'
import { allRules } from '../../../src/backends/rules.ts'
import { checkEntries } from '../../../src/lint/check.ts'

const ALL_RULES = await allRules()

const NOW = Date.UTC(2026, 10, 21)
const SOUND: PolarisInstance = {
  namespace: 'default',
  service: 'sre',
  host: '10.0.0.1',
  port: 9000,
  protocol: 'grpc',
  version: 'v1.0.0',
  weight: 100,
  ttl: 5,
  healthy: true,
  isolate: false,
  metadata: { merge: 'i-1' },
}
const NAMELESS = { ...SOUND, service: 'grpc', protocol: '', metadata: { kind: 'grpc' } }
const OLDER = { ...SOUND, service: 'sregrpc', protocol: '', host: '10.0.0.2', metadata: { kind: 'grpc' } }
const UNMARKED = { ...SOUND, metadata: {} }

async function codesOf(instances: readonly PolarisInstance[], rules = ALL_RULES): Promise<string[]> {
  const records = instances.map((instance) =>
    readRecordOf(detectLayout(instance).name, { instance, shared: false }, 'r'),
  )
  async function* look(services?: readonly string[]) {
    const asked = records.filter((record) => !services || services.includes(record.service))
    yield asked.map((record) => ({ record, reading: read(record) }))
  }
  const codes: string[] = []
  for await (const batch of checkEntries(look, { rules, now: NOW }))
    codes.push(...batch.map(({ rule, key }) => `${rule} ${key}`))
  return codes
}

it('finds nothing in what Kratos and rollcall write with a weight', async () => {
  expect(await codesOf([SOUND, { ...SOUND, port: 8000, protocol: 'http' }])).toEqual([])
  expect(await codesOf([OLDER, { ...OLDER, service: 'srehttp', port: 8000, metadata: { kind: 'http' } }])).toEqual([])
})

it.each<[string, PolarisInstance[], string[]]>([
  ['a service without a name', [NAMELESS], ['RC1001 default/grpc/10.0.0.1:9000']],
  ['a name without its kind', [{ ...OLDER, metadata: { kind: 'http' } }], ['RC2301 default/sregrpc/10.0.0.2:9000']],
  ['both modules', [SOUND, OLDER], ['RC2302 default/sregrpc/10.0.0.2:9000']],
  [
    'two without a mark',
    [UNMARKED, { ...UNMARKED, port: 9001 }],
    ['RC2303 default/sre/10.0.0.1:9000', 'RC2303 default/sre/10.0.0.1:9001'],
  ],
  ['one without a mark', [UNMARKED], []],
  ['weight 0', [{ ...SOUND, weight: 0 }], ['RC2304 default/sre/10.0.0.1:9000']],
  ['unhealthy, and never renewed', [{ ...SOUND, healthy: false }], ['RC2305 default/sre/10.0.0.1:9000']],
  [
    'unhealthy for an hour',
    [{ ...SOUND, healthy: false, lastHeartbeat: NOW / 1000 - 3600 }],
    ['RC2305 default/sre/10.0.0.1:9000'],
  ],
  ['unhealthy for a minute', [{ ...SOUND, healthy: false, lastHeartbeat: NOW / 1000 - 60 }], []],
])('%s', async (_, instances, expected) => {
  expect(await codesOf(instances)).toEqual(expected)
})

it('has every rule tried here', async () => {
  const all = [NAMELESS, SOUND, OLDER, UNMARKED, { ...UNMARKED, port: 1, weight: 0, healthy: false }]
  const codes = await codesOf([...all, { ...OLDER, port: 2, metadata: { kind: 'ws' } }], POLARIS_RULES)
  expect(new Set(codes.map((code) => code.slice(0, 6)))).toEqual(new Set(POLARIS_RULES.map(({ code }) => code)))
})
