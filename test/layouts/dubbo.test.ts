import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { applicationIn } from '../../src/layouts/dubbo-url.ts'
import { dubbo } from '../../src/layouts/dubbo.ts'
import { decode } from '../../src/layouts/index.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { anyText } from '../any-text.ts'
import { frameworkRecords } from '../cli/frameworks.ts'
import { rounds } from '../rounds.ts'
import { dubboKey } from './dubbo-key.ts'
import { options, stored } from './stored.ts'

const lease = '100001082520020'

function read(key: string, prefix = '/dubbo', layout: LayoutName | 'auto' = 'auto', leased = true) {
  return decode(stored(key, '10.0.0.1', { prefix, lease: leased ? lease : null }), layout, {
    ...options,
    folders: true,
  })
}

const captured = [...frameworkRecords('zookeeper').values()].flat().filter(({ key }) => key.startsWith('/dubbo/'))
const provider = captured.find(({ key }) => key.includes('/providers/'))?.key ?? ''

describe('what Dubbo 3.3.5 stored', () => {
  // What its client makes of this name: protocol and address, the application, and the service key g1/D$GreetingService:1.0.0.
  const wanted = {
    is: 'instance',
    instance: {
      id: '192.0.2.2:20880',
      name: 'dubbo-demo',
      version: '',
      endpoints: ['tri://192.0.2.2:20880'],
      metadata: {
        deprecated: 'false',
        dubbo: '2.0.2',
        dynamic: 'true',
        generic: 'false',
        'prefer.serialization': 'hessian2,fastjson2',
        release: '3.3.5',
        'service-name-mapping': 'true',
        side: 'provider',
      },
    },
    observed: { status: 'up', layout: 'dubbo', lease, tags: ['g1/D$GreetingService:1.0.0'] },
    groupKey: 'dubbo 192.0.2.2:20880',
  }

  it('is an instance of its application', () => {
    for (const prefix of ['/dubbo', '']) expect(read(provider, prefix)).toEqual(wanted)
    expect(read(provider, '/dubbo', 'dubbo')).toEqual(wanted)
    const elsewhere = provider.replace('/dubbo', '/prod/rpc')
    expect(read(elsewhere, '/prod/rpc', 'dubbo')).toEqual(wanted)
  })

  it('is foreign where its layout is not the one', () => {
    expect(read(provider, '/dubbo', 'kratos').is).toBe('foreign')
    expect(read(provider.replace('/dubbo', '/microservices'), '/microservices').is).toBe('foreign')
    // Where nobody would find a service by its folder, the layout has to be named.
    expect(read(provider.replace('/dubbo', '/prod'), '/prod')).toEqual({ is: 'foreign', looksLike: 'Dubbo' })
    expect(read(provider.replace('/dubbo', '/dubbo/eu'))).toEqual({ is: 'foreign', looksLike: 'Dubbo' })
    const flat = decode(stored(provider, '', { prefix: '/dubbo', lease }), 'auto', options)
    expect(flat).toEqual({ is: 'foreign', looksLike: 'Dubbo' })
  })

  it.each(captured.map(({ key }) => key).filter((key) => key !== provider))('beside it is structure: %s', (key) => {
    expect(dubbo.isStructure?.(key.slice('/dubbo/'.length))).toBe(true)
  })
})

test.each([
  ['a.B/providers', true],
  ['a.B/consumers', true],
  ['a.B/consumers/consumer%3A%2F%2F…', true],
  ['a.B/routers/x', true],
  ['a.B/configurators/override%3A%2F%2F…', true],
  ['mapping/a.B', true],
  ['metadata/a.B/1.0.0/g/provider/app', true],
  ['config/dubbo/dubbo.properties', true],
  ['a.B', true],
  ['a.B/providers/dubbo%3A%2F%2F…', false],
  ['a.B/providers/x/y', false],
  ['a.B/other', false],
  ['a.B/consumers/x/y', false],
])('%s is structure: %s', (below, is) => {
  expect(dubbo.isStructure?.(below)).toBe(is)
})

const instanceOf = (key: string) => {
  const reading = read(key)
  return reading.is === 'instance' ? reading : undefined
}

const tagsOf = (more: Record<string, string>) => instanceOf(dubboKey({ more }))?.observed.tags

describe('a provider', () => {
  it('without an application is listed under its interface', () => {
    expect(instanceOf(dubboKey({ application: '' }))?.instance.name).toBe('com.acme.Orders')
  })

  it('says what it offers as Dubbo does', () => {
    expect(tagsOf({})).toEqual(['com.acme.Orders'])
    expect(tagsOf({ version: '2' })).toEqual(['com.acme.Orders:2'])
    expect(tagsOf({ group: 'g', version: '2' })).toEqual(['g/com.acme.Orders:2'])
  })

  it('keeps of its parameters what is about the process', () => {
    const more = {
      methods: 'pay,refund',
      'pay.timeout': '5',
      timeout: '9',
      timestamp: '1',
      weight: '50',
      'dubbo.tag': 'a',
    }
    const { instance, observed } = instanceOf(dubboKey({ more: { ...more, 'application.version': 'v7' } })) ?? {}
    expect(instance).toMatchObject({
      version: 'v7',
      metadata: { side: 'provider', timeout: '9', weight: '50', 'dubbo.tag': 'a' },
    })
    expect(Object.keys(instance?.metadata ?? {})).toHaveLength(4)
    expect(observed?.weight).toBe(50)
  })

  it.each<[Record<string, string>, string | undefined]>([
    [{ disabled: 'true' }, 'disabled is true for com.acme.Orders'],
    [{ disabled: 'false', enabled: 'false' }, undefined],
    [{ enabled: 'false' }, 'enabled is false for com.acme.Orders'],
    [{ enabled: 'TRUE' }, undefined],
  ])('%j is out of traffic: %s', (more, reason) => {
    const { observed } = instanceOf(dubboKey({ more })) ?? {}
    expect(observed).toMatchObject({ status: reason === undefined ? 'up' : 'maintenance' })
    expect(observed?.reason).toBe(reason)
  })

  it('on no session shows nothing of being alive', () => {
    expect(read(dubboKey({}), '/dubbo', 'auto', false)).toMatchObject({
      observed: { reason: expect.stringContaining('no lease') },
    })
  })

  it.each([
    ['no URL', '/dubbo/a/providers/hello'],
    ['a URL without parameters', '/dubbo/a/providers/dubbo%3A%2F%2Fh%3A1%2Fa'],
    ['a URL without an interface', '/dubbo/a/providers/dubbo%3A%2F%2Fh%3A1%2Fa%3Fapplication%3Db'],
    ['a URL cut off', `${dubboKey({})}%2`],
    ['the protocol empty', dubboKey({ protocol: 'empty' })],
    ['a folder more', dubboKey({}).replace('/providers/', '/eu/providers/')],
  ])('that is %s is foreign', (_, key) => {
    expect(read(key).is).toBe('foreign')
  })

  it('leaves a login out', () => {
    expect(instanceOf(dubboKey({ address: 'admin:secret@10.0.0.1:20880' }))?.instance).toMatchObject({
      id: '10.0.0.1:20880',
      endpoints: ['dubbo://10.0.0.1:20880'],
    })
  })
})

const word = anyText({ minLength: 1 }).map((text) => text.replaceAll(/[&=?%+#\0\ud800-\udfff]/g, '_') || '_')

it('the name in the key is the one in the reading', () => {
  fc.assert(
    fc.property(word, word, fc.boolean(), (application, value, isLast) => {
      const more: Record<string, string> = isLast ? {} : { 'z.note': value }
      const key = dubboKey({ application, more })
      const found = applicationIn(Buffer.from(key))
      expect(Buffer.from(found ?? []).toString()).toBe(application)
      expect(instanceOf(key)?.instance.name).toBe(application)
    }),
    { seed: 1, numRuns: rounds(200, 1_000) },
  )
})

it('the last of two names counts, in the key and in the reading', () => {
  const key = `${dubboKey({ application: 'first' })}%26application%3Dlast%26side%3Dprovider`
  expect(Buffer.from(applicationIn(Buffer.from(key)) ?? []).toString()).toBe('last')
  expect(instanceOf(key)?.instance.name).toBe('last')
})

it('never throws, and calls nothing malformed', () => {
  const piece = fc.constantFrom(
    '/',
    'providers',
    'consumers',
    '%3A%2F%2F',
    '%3F',
    '%26',
    '%3D',
    'interface',
    'application',
    'h',
    '%',
    '+',
    'é',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), fc.constantFrom('/dubbo', '', '/x'), (pieces, prefix) => {
      const key = `${prefix}/${pieces.join('')}`
      expect(['instance', 'foreign']).toContain(read(key, prefix).is)
      expect(() => applicationIn(Buffer.from(key))).not.toThrow()
    }),
    { seed: 1, numRuns: rounds(500, 5_000) },
  )
})

test('a name of a megabyte takes no longer than its length', () => {
  const many = 'a%26application%3D'.repeat(50_000)
  const below = applicationIn(Buffer.from(`/dubbo/com.acme.Orders/providers/${many}/below`))
  const last = applicationIn(Buffer.from(`/dubbo/com.acme.Orders/providers/${many}last`))
  expect([below, last && Buffer.from(last).toString()]).toEqual([undefined, 'last'])
})
