import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decode } from '../../src/layouts/index.ts'
import type { CheckedRecord } from '../../src/lint/subject.ts'
import { verdicts } from '../../src/lint/verdicts.ts'
import { NOW, collect, registry } from './records.ts'

interface Sample {
  readonly key: string
  readonly value: string
  readonly lease: boolean
  readonly verdict: 'ok' | 'info' | 'warning' | 'error'
}

const PREFIXES = ['/microservices', '/aio/registry', '/services']
const samples: Sample[] = JSON.parse(readFileSync('test/fixtures/etcd-records.json', 'utf8')).records
const records = samples.map(recordOf).sort((a, b) => (a.record.service < b.record.service ? -1 : 1))
const rows = new Map((await collect(verdicts(registry(...records), { now: NOW }))).map((row) => [row.record.id, row]))

test.each(samples)('$key: $verdict', ({ key, verdict }) => {
  const row = rows.get(key)
  const given = row?.verdict === 'info' && verdict === 'ok' ? 'ok' : row?.verdict
  expect({ verdict: given, because: row?.findings }).toEqual({ verdict, because: row?.findings })
})

function recordOf({ key, value, lease }: Sample): CheckedRecord {
  const prefix = PREFIXES.find((each) => key.startsWith(`${each}/`)) ?? ''
  const stored = { key: Buffer.from(key), value: Buffer.from(value), prefix, ...(lease ? { lease: '1f' } : {}) }
  const service = key.slice(prefix.length + 1).split('/', 1)[0] ?? ''
  return {
    record: { id: key, service, body: stored.value, ...(lease ? { lease: '1f' } : {}) },
    reading: decode(stored, 'auto', { now: NOW, aioTtl: 30_000 }),
  }
}
