import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode } from '../../src/layouts/index.ts'
import { CATALOGUE } from '../../src/lint/catalogue.ts'
import { verdicts } from '../../src/lint/verdicts.ts'
import { escapeKey } from '../../src/model/key.ts'
import { LAYOUTS } from '../../src/model/observed.ts'
import type { Reading } from '../../src/model/reading.ts'
import { kratosReads, type Read } from './go-model.ts'
import { stored as anyStored } from './hostile.ts'
import { NOW, collect, registry } from './records.ts'
import { rounds } from '../rounds.ts'

const PREFIX = '/microservices'
const RULES = new Map(CATALOGUE.map((rule) => [rule.code, rule]))
/** Its id has a character of four bytes after whose second something else comes. */
const CUT_SHORT: [Buffer, Buffer] = [
  Buffer.from('/microservices/sre'),
  Buffer.from('{"name":"sre","id":"\xf0\x90 \x80"}', 'latin1'),
]
const options = { now: NOW, aioTtl: 30_000 }

test('what Kratos reads is never malformed, and what it does not read is no instance', () => {
  fc.assert(
    fc.property(anyStored, ([key, value]) => {
      const reading = decode({ key, value, prefix: PREFIX }, 'kratos', options)
      const read = kratosReads(PREFIX, key, value)
      const why = { key: escapeKey(key), value: value.toString(), reading, read }
      if (read === undefined) expect(reading.is, JSON.stringify(why)).not.toBe('instance')
      else expect(reading.is !== 'malformed' || isExcepted(reading, key, read), JSON.stringify(why)).toBe(true)
      if (read && reading.is === 'instance') expect(reading.instance).toMatchObject({ id: read.id, name: read.name })
    }),
    { seed: 1, numRuns: rounds(4_000, 20_000), examples: [[CUT_SHORT]] },
  )
})

test('a record has an error exactly if it is malformed, and every finding has its rule', async () => {
  const record = fc.tuple(anyStored, fc.constantFrom('auto', ...LAYOUTS), fc.boolean())
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 6 }), async (stored) => {
      const records = stored.map(([[key, value], layout, leased], at) => ({
        record: {
          id: `${escapeKey(key)}${at}`,
          service: serviceIn(key),
          body: value,
          ...(leased ? { lease: '1f' } : {}),
        },
        reading: decode({ key, value, prefix: PREFIX }, layout, options),
      }))
      for (const { reading, findings, verdict } of await collect(verdicts(registry(...records), { now: NOW }))) {
        expect(verdict === 'error').toBe(reading.is === 'malformed')
        for (const { rule, severity, message } of findings) {
          expect(RULES.get(rule)?.severity).toBe(severity)
          expect(message).not.toBe('')
        }
      }
    }),
    { seed: 1, numRuns: rounds(600, 3_000) },
  )
})

/** Empty names and ids are errors although Kratos reads them; so is a key that has no id at all. */
function isExcepted(reading: Reading, key: Buffer, read: Read): boolean {
  const [name = '', ...id] = key
    .toString('latin1')
    .slice(PREFIX.length + 1)
    .split('/')
  const code = reading.is === 'malformed' ? reading.problem.code : undefined
  if (code === 'empty-name') return name === '' || read.name === ''
  if (code === 'empty-id') return id.join('/') === '' || read.id === ''
  return code === 'short-key' && id.length === 0
}

function serviceIn(key: Buffer): string {
  return key.toString('utf8').split('/')[2] ?? ''
}
