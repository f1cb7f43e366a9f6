import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GlobalFlags } from '../../src/config/settings.ts'
import { CONTEXTS, createPlace, origin, type Place, refusal, said } from './place.ts'

let place: Place
beforeEach(async () => {
  place = await createPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

/** Every place that can name a registry, the first to ask first. */
const ORDER = [
  { from: '--registry', flags: { registry: 'etcd://flag:1' }, host: 'flag:1' },
  { from: 'context one', flags: { context: 'one' }, host: 'one:1' },
  { from: 'Kratos configuration app.yaml', flags: { kratosConfig: 'app.yaml' }, host: 'kratos:1' },
  { from: 'ROLLCALL_REGISTRY', env: { ROLLCALL_REGISTRY: 'etcd://variable:1' }, host: 'variable:1' },
  { from: 'context two', env: { ROLLCALL_CONTEXT: 'two' }, host: 'two:1' },
  { from: 'Kratos configuration job.yaml', env: { ROLLCALL_KRATOS_CONFIG: 'job.yaml' }, host: 'job:1' },
  { from: '../rollcall.yaml', files: { 'rollcall.yaml': 'registry: etcd://project:1' }, host: 'project:1' },
  { from: 'context three', current: 'three', host: 'three:1' },
] as const

describe('which registry', () => {
  it.each(ORDER.map((row, at) => ({ from: row.from, host: row.host, rest: ORDER.slice(at) })))(
    '$from goes before all that follows',
    async (row) => {
      const flags: GlobalFlags = {}
      const contexts = ['one', 'two', 'three'].map((name) => `  ${name}: { registry: "etcd://${name}:1" }\n`).join('')
      const current = row.rest.map((each) => ('current' in each ? `current: ${each.current}\n` : '')).join('')
      await place.file(CONTEXTS, `${current}contexts:\n${contexts}`)
      await place.file('work/app.yaml', 'registry: { etcd: { endpoints: ["kratos:1"] } }')
      await place.file('work/job.yaml', 'registry: { etcd: { endpoints: ["job:1"] } }')
      for (const each of row.rest) {
        if ('flags' in each) Object.assign(flags, each.flags)
        if ('env' in each) Object.assign(place.env, each.env)
        if ('files' in each) for (const [name, text] of Object.entries(each.files)) await place.file(name, text)
      }

      const resolved = await place.resolve(flags, { cwd: `${place.folder}/work` })

      expect(resolved.target.endpoints).toEqual([row.host])
      expect(origin(resolved, 'registry')).toEqual({ name: 'registry', value: `etcd://${row.host}`, from: row.from })
    },
  )

  it('says how it came to a context', async () => {
    await place.file(CONTEXTS, 'current: one\ncontexts: { one: { registry: "etcd://one:1" } }')
    expect(origin(await place.resolve({ context: 'one' }), 'context')?.from).toBe('--context')
    expect(origin(await place.resolve(), 'context')?.from).toBe('the current context')
    place.env['ROLLCALL_CONTEXT'] = 'one'
    expect(origin(await place.resolve(), 'context')?.from).toBe('ROLLCALL_CONTEXT')
    place.env['ROLLCALL_CONTEXT'] = undefined
    await place.file('rollcall.yaml', 'context: one')
    const resolved = await place.resolve()
    expect(origin(resolved, 'context')).toEqual({ name: 'context', value: 'one', from: 'rollcall.yaml' })
    expect(resolved.context).toBe('one')
  })

  it('lists where it looked when nothing names one', async () => {
    const error = await refusal(() => place.resolve())
    expect(error.code).toBe('config')
    const words = ['--registry', '--context', '--kratos-config', 'ROLLCALL_REGISTRY', 'ROLLCALL_CONTEXT']
    for (const word of [...words, 'ROLLCALL_KRATOS_CONFIG', `rollcall.yaml in ${place.folder}`, CONTEXTS]) {
      expect(error.message).toContain(word)
    }
    expect(error.hint).toContain('rollcall context add')
  })

  it("is never chosen by the registry's own environment", async () => {
    place.env['ETCDCTL_ENDPOINTS'] = 'a:2379'
    expect((await refusal(() => place.resolve())).code).toBe('config')
  })

  it.each(['ROLLCALL_REGISTRY', 'ROLLCALL_CONTEXT', 'ROLLCALL_KRATOS_CONFIG', 'ROLLCALL_PREFIX', 'ROLLCALL_PASSWORD'])(
    '%s set to nothing is an error that names it, not a reason to look further',
    async (variable) => {
      await place.file('rollcall.yaml', 'registry: file:./registry.db')
      place.env[variable] = ''
      const error = await refusal(() => place.resolve())
      expect(error.code).toBe('config')
      expect(error.message).toBe(`${variable} is empty`)
    },
  )

  it('never looks at a variable that a flag stands before', async () => {
    Object.assign(place.env, { ROLLCALL_REGISTRY: '', ROLLCALL_PREFIX: '', ROLLCALL_LAYOUT: 'nonsense' })
    const { target } = await place.resolve({ registry: 'memory:', prefix: '/x', layout: 'plain' })
    expect(target).toMatchObject({ driver: 'local', prefix: '/x', layout: 'plain' })
  })

  it('refuses a flag without content', async () => {
    expect(said(await refusal(() => place.resolve({ registry: '' })))).toContain('--registry is empty')
    expect(said(await refusal(() => place.resolve({ registry: 'memory:', user: '' })))).toContain('--user is empty')
  })
})

describe('where a value comes from', () => {
  const variable = { ROLLCALL_PREFIX: '/variable' }
  const rows: { name: string; flags: GlobalFlags; env?: Record<string, string>; prefix: string; from: string }[] = [
    {
      name: 'a flag',
      flags: { registry: 'etcd://a:1?prefix=/url', prefix: '/flag' },
      env: variable,
      prefix: '/flag',
      from: '--prefix',
    },
    {
      name: "the query of a flag's URL",
      flags: { registry: 'etcd://a:1?prefix=/url' },
      env: variable,
      prefix: '/url',
      from: '--registry',
    },
    {
      name: "the path of a flag's URL",
      flags: { registry: 'etcd://a:1/url/' },
      env: variable,
      prefix: '/url',
      from: '--registry',
    },
    { name: "a flag's context", flags: { context: 'one' }, env: variable, prefix: '/one', from: 'context one' },
    {
      name: "the URL of a flag's context",
      flags: { context: 'two' },
      env: variable,
      prefix: '/two',
      from: 'context two',
    },
    {
      name: 'a variable',
      flags: { registry: 'etcd://a:1' },
      env: variable,
      prefix: '/variable',
      from: 'ROLLCALL_PREFIX',
    },
    {
      name: "a variable before a variable's URL",
      flags: {},
      env: { ...variable, ROLLCALL_REGISTRY: 'etcd://a:1/url' },
      prefix: '/variable',
      from: 'ROLLCALL_PREFIX',
    },
    {
      name: "a variable before a variable's context",
      flags: {},
      env: { ...variable, ROLLCALL_CONTEXT: 'one' },
      prefix: '/variable',
      from: 'ROLLCALL_PREFIX',
    },
    { name: "a variable's context", flags: {}, env: { ROLLCALL_CONTEXT: 'one' }, prefix: '/one', from: 'context one' },
    {
      name: "a variable's URL",
      flags: {},
      env: { ROLLCALL_REGISTRY: 'etcd://a:1/url' },
      prefix: '/url',
      from: 'ROLLCALL_REGISTRY',
    },
  ]

  it.each(rows)('$name', async ({ flags, env, prefix, from }) => {
    await place.file(
      CONTEXTS,
      'contexts: { one: { registry: "etcd://c:1/x", prefix: /one }, two: { registry: "etcd://c:1?prefix=/two" } }',
    )
    Object.assign(place.env, env)
    const resolved = await place.resolve(flags)
    expect(resolved.target.prefix).toBe(prefix)
    expect(origin(resolved, 'prefix')).toEqual({ name: 'prefix', value: prefix, from })
  })

  it("names the variables of the registry's own environment that complete it", async () => {
    Object.assign(place.env, { ETCDCTL_ENDPOINTS: 'a:1,b:2', ETCDCTL_USER: 'root:hush', ETCDCTL_CACERT: '/nowhere' })
    const resolved = await place.resolve({ registry: 'etcd:' })
    expect(origin(resolved, 'endpoints')).toEqual({ name: 'endpoints', value: 'a:1, b:2', from: 'ETCDCTL_ENDPOINTS' })
    expect(origin(resolved, 'user')).toEqual({ name: 'user', value: 'root', from: 'ETCDCTL_USER' })
    expect(origin(resolved, 'password')).toEqual({ name: 'password', value: '***', from: 'ETCDCTL_USER' })
    expect(origin(resolved, 'cacert')).toBeUndefined()
    const named = await place.resolve({ registry: 'etcd://c:3' })
    expect(origin(named, 'endpoints')).toEqual({ name: 'endpoints', value: 'c:3', from: '--registry' })
  })

  it('shows defaults as such', async () => {
    const resolved = await place.resolve({ registry: 'memory:' })
    expect(resolved.origins).toEqual([
      { name: 'registry', value: 'memory:', from: '--registry' },
      { name: 'layout', value: 'auto', from: 'default' },
      { name: 'request-timeout', value: '5s', from: 'default' },
      { name: 'aio-ttl', value: '30s', from: 'default' },
    ])
    expect(resolved.target).toMatchObject({ requestTimeout: 5000, aioTtl: 30_000 })
  })

  it('reads durations, switches and paths from variables, paths from the current folder', async () => {
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await place.file(name, 'PEM')
    Object.assign(place.env, {
      ROLLCALL_REQUEST_TIMEOUT: '1m',
      ROLLCALL_AIO_TTL: '500ms',
      ROLLCALL_INSECURE_SKIP_TLS_VERIFY: 'true',
      ROLLCALL_TLS_SERVER_NAME: 'etcd.test',
      ROLLCALL_CACERT: 'ca.pem',
      ROLLCALL_CERT: './cert.pem',
      ROLLCALL_KEY: `${place.folder}/key.pem`,
    })
    const { target } = await place.resolve({ registry: 'etcds://a:1' })
    expect(target).toMatchObject({ requestTimeout: 60_000, aioTtl: 500, secure: true })
    const paths = { cacert: 'ca.pem', cert: 'cert.pem', key: 'key.pem' }
    const absolute = Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, `${place.folder}/${file}`]))
    expect(target.tls).toEqual({ ...absolute, insecureSkipVerify: true, serverName: 'etcd.test' })
  })
})

describe('what a registry cannot hold', () => {
  it.each<{ flags: GlobalFlags; env: Record<string, string>; from: string }>([
    { flags: { allNamespaces: true }, env: { ROLLCALL_REGISTRY: 'etcd://a:1' }, from: '--all-namespaces' },
    { flags: { registry: 'etcd://a:1' }, env: { ROLLCALL_NAMESPACE: 'x' }, from: 'ROLLCALL_NAMESPACE' },
    { flags: { prefix: '/p' }, env: { ROLLCALL_REGISTRY: 'consul://a:1' }, from: '--prefix' },
    { flags: { registry: 'nacos://a:1' }, env: { ROLLCALL_LAYOUT: 'aio' }, from: 'ROLLCALL_LAYOUT' },
    { flags: { registry: 'consul://a:1?layout=aio' }, env: {}, from: '--registry' },
  ])('is said of what asks for it: $from', async ({ flags, env, from }) => {
    Object.assign(place.env, env)
    const error = await refusal(() => place.resolve(flags))
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(new RegExp(`^${from}: a registry of`)),
    })
  })
})
