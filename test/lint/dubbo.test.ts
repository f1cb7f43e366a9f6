import { expect, test } from 'vitest'
import { decode } from '../../src/layouts/index.ts'
import { checkRecord } from '../../src/lint/check.ts'
import { frameworkRecords } from '../cli/frameworks.ts'
import { dubboKey } from '../layouts/dubbo-key.ts'
import { NOW } from './records.ts'

const SESSION = '100001082520020'

function codesOf(key: string, lease?: string) {
  const value = Buffer.from('10.0.0.1')
  const reading = decode({ key: Buffer.from(key), value, prefix: '/dubbo', lease }, 'auto', {
    now: NOW,
    aioTtl: 30_000,
    folders: true,
  })
  const service = reading.is === 'instance' ? reading.instance.name : ''
  const record = { id: key, service, body: value, lease, children: 0 }
  return checkRecord({ record, reading }, { now: NOW }).map(({ rule }) => rule)
}

test.each<[string, string, string | undefined, string[]]>([
  ['in order', dubboKey({}), SESSION, []],
  ['with a dollar in its name', dubboKey({ service: 'com.acme.Shop$Orders' }), SESSION, []],
  ['without a session', dubboKey({}), undefined, ['RC1711']],
  ['registered to stay', dubboKey({ more: { dynamic: 'false' } }), undefined, ['RC1711']],
  ['in another folder', dubboKey({}).replace('/com.acme.Orders/', '/com.acme.Payments/'), SESSION, ['RC1712']],
])('%s', (_, key, lease, codes) => {
  expect(codesOf(key, lease)).toEqual(codes)
})

test('nothing is said against what was captured', () => {
  for (const { key, leased } of [...frameworkRecords('zookeeper').values()].flat())
    if (key.includes('/providers/')) expect(codesOf(key, leased ? SESSION : undefined), key).toEqual([])
})
