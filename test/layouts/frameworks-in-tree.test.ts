import { describe, expect, it } from 'vitest'
import { decode, layouts, prefixesToRead, recognise } from '../../src/layouts/index.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { frameworkRecords } from '../cli/frameworks.ts'
import { options, stored } from './stored.ts'

const lease = '100001082520024'
const inTree = { ...options, folders: true }

const read = (key: string, value: string | Buffer, prefix: string, layout: LayoutName | 'auto' = 'auto') =>
  decode(stored(key, value, { prefix, lease }), layout, inTree)

describe('GoFrame, in ZooKeeper', () => {
  const record = frameworkRecords('zookeeper')
    .get('goframe')
    ?.find(({ leased }) => leased)
  const { key = '', value = Buffer.alloc(0) } = record ?? {}
  // What its Search answers: gsvc.NewServiceWithKV of the Key and the Value in the node.
  const wanted = {
    is: 'instance',
    instance: {
      id: '10.0.0.63:8000',
      name: 'hello',
      version: 'v1.0.0',
      metadata: { insecure: 'true', protocol: 'http' },
      endpoints: ['http://10.0.0.63:8000'],
    },
    observed: { status: 'up', layout: 'goframe', lease },
  }
  it('is read where its layout is named, and in the whole store', () => {
    expect(prefixesToRead('goframe', 'tree')).toEqual(['/microservices'])
    expect(read(key, value, '/microservices', 'goframe')).toEqual(wanted)
    expect(read(key, value, '')).toEqual(wanted)
    const moved = key.replace('/microservices', '/gf/eu')
    expect(read(moved, value, '/gf/eu', 'goframe')).toEqual(wanted)
  })

  it("is foreign among Kratos' records, and where nobody says that it is GoFrame's", () => {
    const foreign = { is: 'foreign', looksLike: 'GoFrame' }
    expect(read(key, value, '/microservices')).toMatchObject(foreign)
    expect(read(key, value, '/microservices', 'kratos')).toMatchObject(foreign)
    expect(read(key.replace('/microservices', '/gf'), value, '/gf')).toEqual(foreign)
  })

  it.each([
    ['a key of fewer segments', 'service-d-n-a-v1/a', { Key: '/service/d/n/a', Value: '{}' }],
    ['a key without addresses', 'service-d-n-a-v1/a', { Key: '/service/d/n/a/v1/', Value: '{}' }],
    ['a value that is no JSON', 'service-d-n-a-v1/a', { Key: '/service/d/n/a/v1/h:1', Value: 'x' }],
    ['another folder', 'other/a', { Key: '/service/d/n/a/v1/h:1', Value: '{}' }],
    ['another depth', 'service-d-n-a-v1/a/b', { Key: '/service/d/n/a/v1/h:1', Value: '{}' }],
  ])('with %s is foreign', (_, below, said) => {
    expect(read(`/gf/${below}`, JSON.stringify(said), '/gf', 'goframe').is).toBe('foreign')
  })
})

const writeInTree = () =>
  layouts.kitex.encode({ id: 'i', name: 'n', endpoints: ['h:1'] }, { prefix: '', now: 0, isTree: true })

describe('Kitex and Hertz, in ZooKeeper', () => {
  // As registry-zookeeper marshals its RegistryEntity; its resolver answers NewInstance("tcp", node, Weight, Tags).
  const key = '/echo.svc/10.0.0.41:8888'
  const instance = { id: '10.0.0.41:8888', name: 'echo.svc', version: '', endpoints: ['tcp://10.0.0.41:8888'] }

  it.each([
    ['{"Weight":20,"Tags":{"idc":"lf"}}', { idc: 'lf' }, 20],
    ['{"Weight":0,"Tags":null}', {}, 10],
  ])('%s', (value, metadata, weight) => {
    const wanted = {
      is: 'instance',
      instance: { ...instance, metadata },
      observed: { status: 'up', layout: 'kitex', lease, weight },
    }
    expect(read(key, value, '')).toEqual(wanted)
    expect(read(key, value, '', 'kitex')).toEqual(wanted)
    expect(read(`/apps${key}`, value, '/apps')).toEqual(wanted)
  })

  it.each([
    ['a weight that is a text', key, '{"Weight":"20","Tags":null}'],
    ['a member more', key, '{"Weight":20,"Tags":null,"network":"tcp"}'],
    ['a node that is no address', '/echo.svc/a', '{"Weight":20,"Tags":null}'],
  ])('with %s is foreign', (_, at, value) => {
    expect(read(at, value, '').is).toBe('foreign')
  })

  it('are looked for at the root, and recognised there', () => {
    expect(prefixesToRead('kitex', 'tree')).toEqual(['/'])
    const found = recognise(stored(key, '{"Weight":20,"Tags":null}', { prefix: '', lease }), inTree)
    expect(found).toEqual({ looksLike: 'Kitex', prefix: '/', service: 'echo.svc' })
  })

  it('are not written', () => {
    expect(writeInTree).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('in ZooKeeper') }),
    )
  })
})
