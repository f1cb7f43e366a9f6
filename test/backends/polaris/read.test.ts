import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { instanceIn } from '../../../src/backends/polaris/instance.ts'
import { detectLayout } from '../../../src/backends/polaris/layout.ts'
import { ownRecord, read, readRecordOf } from '../../../src/backends/polaris/record.ts'

const word = fc.constantFrom('', 'grpc', 'v1.0.0', 'sre', 'sregrpc', '10.0.0.1', '[::1]', 'a/b', '\\', 'é')
const text = fc.oneof(word, fc.constant(null))
const metadata = fc.dictionary(
  fc.constantFrom(
    'version',
    'protocol',
    'region',
    'zone',
    'merge',
    'kind',
    'env',
    'internal-lastheartbeat',
    '__proto__',
  ),
  fc.oneof(word, fc.constantFrom('1760000000', null, 1)),
)
const answered = fc.record({
  namespace: text,
  service: text,
  host: word,
  port: fc.nat(70_000),
  protocol: text,
  version: text,
  weight: fc.nat(100),
  healthy: fc.constantFrom(true, false, null),
  isolate: fc.constantFrom(true, false, null),
  enableHealthCheck: fc.boolean(),
  healthCheck: fc.constantFrom(null, { type: 'HEARTBEAT', heartbeat: { ttl: 5 } }),
  metadata: fc.oneof(metadata, fc.constant(null)),
  location: fc.oneof(fc.record({ region: text, zone: text }), fc.constant(null)),
  priority: fc.constantFrom(0, 1),
  logic_set: text,
  id: text,
})

it('reads a record that was made of an answer as a copy of it, whose body it checks', () => {
  fc.assert(
    fc.property(answered, fc.boolean(), (one, shared) => {
      const instance = instanceIn(one)
      if (!instance) return
      const record = readRecordOf(detectLayout(instance).name, { instance, shared }, 'r')
      const copy = Object.assign({}, record)
      expect(read(record)).toEqual(read(copy))
      expect(JSON.stringify(ownRecord(record))).toEqual(JSON.stringify(ownRecord(copy)))
    }),
    { numRuns: 1_000 },
  )
})
