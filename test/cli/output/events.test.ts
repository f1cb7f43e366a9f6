import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonLine } from '../../../src/cli/output/documents.ts'
import { type ShownEvent, changeText, eventItem, eventJson } from '../../../src/cli/output/events.ts'
import { entryOf } from '../../../src/client/merge.ts'
import { encodeGoJson } from '../../../src/layouts/go-json-encode.ts'
import { decode } from '../../../src/layouts/index.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'
import { anyText } from '../../any-text.ts'
import { options, stored } from '../../layouts/stored.ts'

const text = fc.oneof(anyText({ maxLength: 6 }), fc.constantFrom('##[error]', '\u202e', '"', 'v1'))
const entry = fc
  .record({
    id: fc.constant('i'),
    name: fc.constant('sre'),
    version: text,
    metadata: fc.dictionary(text, text),
    endpoints: fc.array(text),
  })
  .map((instance): InstanceEntry => {
    const body = Buffer.from(encodeGoJson(instance))
    const reading = decode(stored('/microservices/sre/i', body), 'auto', options)
    if (reading.is !== 'instance') throw new Error(`not an instance: ${String(body)}`)
    return entryOf({ record: { id: '/microservices/sre/i', service: 'sre', body, lease: '1f' }, reading })
  })
const revision = fc.option(fc.constant('7'), { nil: undefined })
const changes = fc.array(
  fc.record({ field: fc.constantFrom('version', 'offlineAt'), from: fc.oneof(text, fc.constant(5)), to: text }),
)
const event = fc.oneof(
  fc.record({ type: fc.constantFrom('added' as const, 'removed' as const), entry, revision }),
  fc.record({ type: fc.constant('snapshot' as const), entry }),
  fc.record({ type: fc.constant('updated' as const), before: entry, entry, changes, revision }),
  fc.record({ type: fc.constant('synced' as const), revision }),
  fc.record({ type: fc.constant('gap' as const), message: text }),
  fc.record({
    type: fc.constant('malformed' as const),
    malformed: fc.record({
      is: fc.constant('malformed' as const),
      service: text,
      problem: fc.record({ code: fc.constant('not-json' as const), message: text }),
      record: fc.record({ id: text, service: text, body: fc.constant(Buffer.alloc(0)) }),
    }),
    revision,
  }),
) as fc.Arbitrary<ShownEvent>

it('the line of an event is the JSON of its item', () => {
  fc.assert(
    fc.property(event, fc.integer({ min: 0, max: 2e12 }), (one, at) => {
      expect(eventJson(one, at)).toBe(jsonLine(eventItem(one, at)))
    }),
    { numRuns: 2_000 },
  )
})

it('names a change whose values were not kept, and does not show them as empty', () => {
  expect(changeText({ field: 'metadata', from: undefined, to: undefined })).toBe('metadata')
  expect(changeText({ field: 'version', from: '', to: 'v2' })).toBe('version - → v2')
})
