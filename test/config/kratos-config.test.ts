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
    ['registry: { etcd: { endpoints: 7 } }', 'config', 'etcd.endpoints is not a list of addresses'],
    ['registry: { etcd: { endpoints: [1] } }', 'config', 'etcd.endpoints is not a list of addresses'],
    ['registry: { etcd: { endpoints: [a:1], timeout: soon } }', 'config', 'etcd.timeout is not a valid duration'],
    [
      'registry: { etcd: { endpoints: [http://a:1, https://b:1] } }',
      'config',
      'etcd has addresses with http and with https',
    ],
    ['registry: { etcd: { endpoints: ["http://root:hush@a:1"] } }', 'usage', 'carries a password'],
    [
      'registry: { etcd: { endpoints: ["${HOST}"] } }',
      'config',
      'the placeholder ${HOST} has neither a value nor a default · set the variable HOST',
    ],
    ['registry: { consul: { address: "c:1", scheme: ftp } }', 'config', 'consul.scheme is neither http nor https'],
    ['registry: { consul: { address: [{ a: hush }] } }', 'config', 'consul.address is not a list of addresses'],
    ['registry: { consul: { address: c, token: [hush] } }', 'config', 'consul.token is not a text'],
    ['registry: { etcd: { endpoints: [a:1], secure: perhaps } }', 'config', 'etcd.secure is neither true nor false'],
    ['registry: &a\n  b: *hush', 'config', 'config.yaml:1: a YAML alias is undefined'],
    ['[hush]', 'config', 'config.yaml:1: the file must be a map'],
    ['registry: {hush', 'config', 'config.yaml:1: this is not valid YAML'],
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

/** All three kinds of seed 002, as a template leaves them in. */
const ALL = 'consul: { address: "c:8500" }, etcd: { endpoints: [e:2379] }, nacos: { endpoints: [n:8848] }'

describe('the kind of registry', () => {
  it.each([
    [`registry: { type: etcd, ${ALL} }`, 'etcd://e:2379'],
    [`registry: { type: ETCD, ${ALL} }`, 'etcd://e:2379'],
    [`registry: { type: " Nacos ", ${ALL} }`, 'nacos://n:8848/nacos'],
    [`registry: { type: consul, ${ALL} }`, 'consul://c:8500'],
    [`registry: { type: "", ${ALL} }`, 'consul://c:8500'],
    [`registry: { ${ALL} }`, 'consul://c:8500'],
    [`registry: { type: zookeeper, ${ALL}, zookeeper: { endpoints: [z:2181, y:2181] } }`, 'zookeeper://z:2181,y:2181'],
    [`registry: { type: zk, ${ALL}, zooKeeper: { endpoints: "z:2181, y:2181" } }`, 'zookeeper://z:2181,y:2181'],
    [`registry: { type: polaris, ${ALL}, polaris: { address: p, port: 8091 } }`, 'polaris://p:8090?namespace=default'],
    [`registry: { type: kubernetes, ${ALL} }`, 'k8s://'],
    [`registry: { type: etcd, endpoints: ["e:1"] }`, 'etcd://e:1'],
    [`registry: { type: "\${KIND}", ${ALL} }`, 'etcd://e:2379'],
    [
      `registry: { consul: { enabled: false, address: c }, etcd: { enabled: true, endpoints: [e:2379] } }`,
      'etcd://e:2379',
    ],
  ])('of %s', async (text, display) => {
    place.env['KIND'] = 'etcd'
    place.env['KUBECONFIG'] = 'none'
    expect((await from(text)).target.display).toBe(display)
  })

  it.each([
    [`registry: { type: eurecka, ${ALL} }`, 'has a registry of type "eurecka", which is not known'],
    [`registry: { type: eureka, eureka: { endpoints: [e] }, ${ALL} }`, 'type "eureka", which is not known'],
    [`registry: { type: [etcd], ${ALL} }`, 'which is not known'],
    [`registry: { type: constructor, ${ALL} }`, 'type "constructor", which is not known'],
    [`registry: { type: zookeeper, ${ALL} }`, 'has the type zookeeper, and names no server of it'],
    [`registry: { enabled: false, type: etcd, ${ALL} }`, 'switches its registry off: enabled is false'],
    [`registry: { enabled: "\${OFF}", ${ALL} }`, 'switches its registry off: enabled is false'],
    [`registry: { type: etcd, etcd: { enabled: false, endpoints: [e:1] } }`, 'switches etcd off'],
    [`registry: { polaris: { address: p } }`, 'it has polaris: add type: polaris'],
  ])('is an error for %s', async (text, expected) => {
    place.env['OFF'] = 'false'
    const error = await refusal(() => from(text))
    expect(error.code).toBe('config')
    expect(said(error)).toContain(expected)
  })
})

/** As programs really write them: official examples, templates and what grew out of those. */
describe('what people write', () => {
  it.each([
    ['consul:\n  address: 127.0.0.1:8500\n  scheme: http\n', 'consul://127.0.0.1:8500'],
    ['type: "consul"\nconsul:\n  address: 127.0.0.1:8500\n', 'consul://127.0.0.1:8500'],
    [
      'consul:\n  addr:\n    - 127.0.0.1:8500\n  scheme: http\nconfigCenter: { format: yaml }\n',
      'consul://127.0.0.1:8500',
    ],
    [
      'consul:\n  address: ${CONSUL_ADDRESS:localhost:8500}\n  scheme: ${CONSUL_SCHEME:http}\n',
      'consul://localhost:8500',
    ],
    ['etcd:\n  endpoints: ${ETCD_ENDPOINTS:127.0.0.1:2379,127.0.0.1:2380}\n', 'etcd://127.0.0.1:2379,127.0.0.1:2380'],
    ['etcd:\n  address: etcd:23791\n', 'etcd://etcd:23791'],
    [
      'consul: { address: "127.0.0.1:8500", scheme: http }\netcd: { endpoints: ["127.0.0.1:2379"] }\n',
      'consul://127.0.0.1:8500',
    ],
    ['nacos:\n  addr: https://xx.com\n  username: \n  password:  \n', 'nacoss://xx.com:8848/nacos'],
    ['registry: { type: nacos, nacos: { address: 127.0.0.1, port: 8849 } }', 'nacos://127.0.0.1:8849/nacos'],
    ['registry: { nacos: { server_addr: "http://127.0.0.1", server_port: "8849" } }', 'nacos://127.0.0.1:8849/nacos'],
    ['registry: { nacos: { serverAddr: "h:1/base", namespaceId: dev } }', 'nacos://h:1/base?namespace=dev'],
    [
      'registry: { nacos: { endpoints: [h], contextPath: base, group: G, cluster: C } }',
      'nacos://h:8848/base?group=G&cluster=C',
    ],
    ['registry: { consul: { host: c, port: 8501, scheme: HTTPS, datacenter: "dc 2" } }', 'consuls://c:8501?dc=dc 2'],
  ])('%j is read', async (text, display) => {
    expect((await from(text)).target.display).toBe(display)
  })

  it('means the same in a folder with the rest of the configuration beside it', async () => {
    await place.file('configs/config.yaml', 'server: { http: { addr: "0.0.0.0:8000" } }\ndata: { redis: { addr: r } }')
    await place.file('configs/registry.yaml', 'consul: { address: "c:8500" }')
    expect((await place.resolve({ kratosConfig: 'configs' })).target.display).toBe('consul://c:8500')
  })

  it.each([
    ['5s', 5000],
    ['"5s"', 5000],
    ['5', 5000],
    ['"5"', 5000],
    ['0.2s', 200],
    ['1.5', 1500],
    ['500ms', 500],
    ['1m', 60_000],
    ['0', 5000],
    ['0s', 5000],
  ])('a timeout of %s', async (timeout, milliseconds) => {
    expect((await from(`registry: { etcd: { endpoints: [e:1], timeout: ${timeout} } }`)).target.requestTimeout).toBe(
      milliseconds,
    )
  })

  it.each(['namespace', 'name_space', 'nameSpace', 'prefix', 'root_path'])('%s of etcd is the prefix', async (name) => {
    const prefixIn = async (value: string) =>
      (await from(`registry: { type: etcd, etcd: { endpoints: [e:1], ${name}: ${value} } }`)).target.prefix
    expect(await prefixIn('/kratos')).toBe('/kratos')
    expect(await prefixIn('services')).toBe('services')
    // Kratos writes /kratos//{name}/{id} then.
    expect(await prefixIn('/kratos/')).toBe('/kratos/')
  })

  it('a login, a token, a data centre', async () => {
    const etcd = await from('registry: { etcd: { endpoints: [e:1], username: root, password: hush } }')
    expect(etcd.target).toMatchObject({ user: 'root', password: 'hush' })
    expect(origin(etcd, 'password')?.value).toBe('***')
    const consul = await from('registry: { consul: { address: c, token: hush, datacenter: dc2 } }')
    expect(consul.target).toMatchObject({ token: 'hush', display: 'consul://c:8500?dc=dc2' })
    const polaris = await from('registry: { type: polaris, polaris: { address: p:8090, namespace: n, token: hush } }')
    expect(polaris.target).toMatchObject({ token: 'hush', namespace: 'n' })
  })

  it.each([
    'secure: true, ca_file: ca.pem',
    'tls: { ca: ca.pem }',
    'tls: { enabled: true, caFile: ./ca.pem }',
    'tls: true, ca_cert: ca.pem',
    'trusted_ca_file: ca.pem',
  ])('TLS of etcd as { %s }, from its own folder', async (tls) => {
    await place.file('sub/ca.pem', 'PEM')
    await place.file('sub/config.yaml', `registry: { type: etcd, etcd: { endpoints: [e:1], ${tls} } }`)
    const { target } = await place.resolve({ kratosConfig: 'sub/config.yaml' })
    expect(target).toMatchObject({ secure: true, tls: { cacert: `${place.folder}/sub/ca.pem` } })
  })

  it.each(['secure: false', 'tls: { enabled: false, ca: ca.pem }', 'tls: false', 'ssl: false, ca: ca.pem'])(
    'no TLS as { %s }',
    async (tls) => {
      expect((await from(`registry: { etcd: { endpoints: [e:1], ${tls} } }`)).target.secure).toBe(false)
    },
  )

  it('what is not used is named, without its value', async () => {
    const warnings: string[] = []
    const path = await place.file(
      'config.yaml',
      'registry: { type: consul, consul: { address: c, scheme: http, health_check: true, wait_every: 2s, username: u, password: hush, tag: "", tls: { ca: ca.pem } }, etcd: { endpoints: [e], max_retry: 3 } }',
    )
    const { target } = await place.resolve({ kratosConfig: path }, { warn: (message) => void warnings.push(message) })
    expect(target).toMatchObject({ secure: false })
    expect(target.password).toBeUndefined()
    expect(warnings).toEqual([
      `the Kratos configuration ${path}: not used: consul.health_check, consul.wait_every, consul.username, consul.password, consul.tls`,
    ])
  })
})
