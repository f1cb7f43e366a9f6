import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import { escapeKey } from '../../../src/model/key.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { bytes, type Ground } from '../ground.ts'

const BAD_NAMES = ['', 'a/b', '/', 'a\nb', '\u0000', 'a\u001b[31m', '\ud800', 'a\u2028b']

export function reading(ground: () => Ground, can: Capabilities): void {
  it('reads the same for the same time', async () => {
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'))
    const now = Date.now()
    for (const record of records) expect(backend.read(record, now)).toEqual(backend.read(record, now))
  })

  it('never throws, whatever a record holds', async () => {
    const backend = await ground().open()
    const start = ground().encode(backend, ground().instance('i-1'))[0]?.id.split('sre')[0] ?? ''
    const key = fc.oneof(
      fc.uint8Array().map(escapeKey),
      fc.string().map((rest) => start + rest),
    )
    const body = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc.object(),
    )
    const record = fc.record({ id: key, service: fc.string(), body, lease: fc.option(fc.constant('1f')) })
    fc.assert(
      fc.property(record, ({ lease, ...rest }) => {
        const { is } = backend.read({ ...rest, ...(lease ? { lease } : {}) }, Date.now())
        return ['instance', 'malformed', 'structure', 'foreign'].includes(is)
      }),
      { numRuns: 500 },
    )
  })

  it('encodes what register writes', async () => {
    ground().time = Date.UTC(2026, 10, 21)
    const backend = await ground().open()
    const instance = ground().instance('i-1')
    const encoded = ground().encode(backend, instance)
    const { records } = await ground().register(backend, instance)
    const stored = await ground().records(backend)
    const read = (record: RawRecord) => {
      const seen = backend.read(record, ground().now())
      return seen.is === 'instance' ? seen.instance : seen
    }
    for (const written of [records, stored]) {
      expect(written.map(read)).toEqual(encoded.map(read))
      // Elsewhere the registry makes a record of its own of what it is told.
      if (!can.rawKeys || ground().registry.assignsKeys) continue
      expect(written.map((record) => record.id).toSorted()).toEqual(encoded.map((record) => record.id).toSorted())
      if (!ground().registry.typed) expect(new Set(written.map(bytes))).toEqual(new Set(encoded.map(bytes)))
    }
    expect(encoded.every((record) => record.revision === undefined && record.lease === undefined)).toBe(true)
  })

  it('refuses names and ids that would corrupt the registry', async () => {
    const backend = await ground().open()
    const instance = ground().instance('i-1')
    for (const bad of BAD_NAMES)
      for (const refused of [
        { ...instance, name: bad },
        { ...instance, id: bad },
      ]) {
        expect(() => ground().encode(backend, refused), JSON.stringify(bad)).toThrow(
          expect.objectContaining({ code: 'usage' }),
        )
        await expect(ground().register(backend, refused)).rejects.toMatchObject({ code: 'usage' })
      }
    expect(await ground().records(backend)).toEqual([])
  })
}
