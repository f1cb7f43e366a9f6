import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPlace, origin, type Place, refusal, said } from './place.ts'

let place: Place
beforeEach(async () => {
  place = await createPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

const from = (text: string) => place.file('config.yaml', text).then((path) => place.resolve({ kratosConfig: path }))

describe("Kratos' own configuration", () => {
  it('names an etcd with several endpoints and a timeout in seconds', async () => {
    const resolved = await from(
      'server: { http: { addr: 0.0.0.0:8000 } }\nregistry:\n  etcd:\n    endpoints:\n      - "127.0.0.1:2379"\n      - "127.0.0.1:2380"\n    timeout: 7\n',
    )
    expect(resolved.target).toMatchObject({ endpoints: ['127.0.0.1:2379', '127.0.0.1:2380'], requestTimeout: 7000 })
    expect(origin(resolved, 'request-timeout')).toMatchObject({
      value: '7s',
      from: `Kratos configuration ${place.folder}/config.yaml`,
    })
    expect(origin(resolved, 'kratos-config')).toMatchObject({ from: '--kratos-config' })
  })

  it('may have endpoints with https, and JSON', async () => {
    await place.file('c.json', '{"registry": {"etcd": {"endpoints": ["https://a:1/", "https://b:2"], "timeout": "3"}}}')
    const { target } = await place.resolve({ kratosConfig: 'c.json' })
    expect(target).toMatchObject({ secure: true, endpoints: ['a:1', 'b:2'], requestTimeout: 3000 })
  })

  it('may be a folder: by name, a later file over an earlier, others left out', async () => {
    await place.file('configs/a.yaml', 'registry: { etcd: { endpoints: [a:1], timeout: 9 } }')
    await place.file('configs/b.yml', 'registry: { etcd: { endpoints: [b:1] } }')
    await place.file('configs/c.json', '{"data": {}}')
    await place.file('configs/empty.yaml', '# nothing yet\n')
    await place.file('configs/.hidden.yaml', 'registry: { etcd: { endpoints: [hidden:1] } }')
    await place.file('configs/z.txt', 'registry: { etcd: { endpoints: [text:1] } }')
    const { target } = await place.resolve({ kratosConfig: 'configs' })
    expect(target).toMatchObject({ endpoints: ['b:1'], requestTimeout: 9000 })
  })

  it('fills placeholders from variables, from its own values, from defaults', async () => {
    Object.assign(place.env, { ETCD_A: 'a:1', KRATOS_ETCD_B: 'b:2' })
    const text =
      'hosts: { c: "c:3" }\nregistry: { etcd: { endpoints: ["${ETCD_A:x:9}", "${ETCD_B}", "${hosts.c}", "${ETCD_D:d:4}"], timeout: "${T:2}" } }'
    const { target } = await from(text)
    expect(target).toMatchObject({ endpoints: ['a:1', 'b:2', 'c:3', 'd:4'], requestTimeout: 2000 })
  })

  it('takes the first kind that names a server', async () => {
    const both = 'registry: { consul: { address: "" }, etcd: { endpoints: [a:1] }, nacos: { endpoints: ["${UNSET}"] } }'
    expect((await from(both)).target.driver).toBe('etcd')
    const consul = 'registry: { consul: { address: "127.0.0.1:8500", scheme: http }, etcd: { endpoints: [a:1] } }'
    expect((await from(consul)).target).toMatchObject({
      driver: 'consul',
      endpoints: ['127.0.0.1:8500'],
      secure: false,
    })
    const secure = 'registry: { consul: { address: "https://c" } }'
    expect((await from(secure)).target).toMatchObject({ driver: 'consul', endpoints: ['c:8500'], secure: true })
  })

  it('names a Nacos with its namespace and user', async () => {
    const text =
      'registry: { nacos: { endpoints: [n, "https://m:8849"], namespace: dev, username: u, password: hush } }'
    const { target } = await from(text)
    expect(target).toMatchObject({
      driver: 'nacos',
      endpoints: ['n:8848', 'm:8849'],
      namespace: 'dev',
      user: 'u',
      password: 'hush',
      secure: true,
    })
    expect(target.display).toBe('nacoss://n:8848,m:8849/nacos?namespace=dev')
  })

  it.each([
    ['server: {}', 'config', 'has no registry: block'],
    ['registry: {}', 'config', 'names no server in its registry: block'],
    ['registry: { etcd: { endpoints: [] } }', 'config', 'names no server'],
    ['registry: { etcd: { endpoints: a:1 } }', 'config', 'etcd.endpoints is no list of addresses'],
    ['registry: { etcd: { endpoints: [1] } }', 'config', 'etcd.endpoints is no list of addresses'],
    ['registry: { etcd: { endpoints: [a:1], timeout: 5s } }', 'config', 'etcd.timeout is no number of seconds'],
    ['registry: { etcd: { endpoints: [http://a:1, https://b:1] } }', 'config', 'etcd.endpoints mixes http and https'],
    ['registry: { etcd: { endpoints: ["http://root:hush@a:1"] } }', 'usage', 'carries a password'],
    [
      'registry: { etcd: { endpoints: ["${HOST}"] } }',
      'config',
      'the placeholder ${HOST} has neither a value nor a default · set the variable HOST',
    ],
    ['registry: { consul: { address: "c:1", scheme: ftp } }', 'config', 'consul.scheme is neither http nor https'],
    ['registry: { consul: { address: [hush] } }', 'config', 'consul.address is no text'],
    ['registry: &a\n  b: *hush', 'config', 'config.yaml:1: an alias in this file leads nowhere'],
    ['[hush]', 'config', 'config.yaml:1: the file must be a map'],
    ['registry: {hush', 'config', 'config.yaml:1: this is no valid YAML'],
  ])('%j is refused', async (text, code, expected) => {
    const error = await refusal(() => from(text))
    expect(error.code).toBe(code)
    expect(said(error)).toContain(expected)
    expect(said(error)).not.toContain('hush')
  })

  it('says when there is none', async () => {
    expect(said(await refusal(() => place.resolve({ kratosConfig: 'nowhere.yaml' })))).toContain(
      'nowhere.yaml cannot be read: ENOENT',
    )
    await place.file('folder/readme.md', '')
    expect(said(await refusal(() => place.resolve({ kratosConfig: 'folder' })))).toContain(
      'holds no .yaml, .yml or .json file',
    )
  })
})
