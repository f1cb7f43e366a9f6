import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { local } from '../../../src/backends/local/driver.ts'
import { silent } from '../../../src/model/logger.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'

const settings: Settings = { requestTimeout: 5_000, aioTtl: 30_000 }
const parse = (url: string, more: Partial<Settings> = {}) =>
  local.parse(parseRegistryUrl(url), { ...settings, ...more }, {})
const options = { signal: new AbortController().signal, logger: silent, now: Date.now }

const folder = await mkdtemp(join(tmpdir(), 'rollcall-driver-'))
afterAll(() => rm(folder, { recursive: true }))

it.each([
  ['file:./registry.db', './registry.db', 'file:./registry.db'],
  ['file:registry.db', 'registry.db', 'file:registry.db'],
  ['file:/var/registry.db', '/var/registry.db', 'file:/var/registry.db'],
  ['file:///var/registry.db', '/var/registry.db', 'file:/var/registry.db'],
  ['file:./with%20space.db?prefix=/kratos', './with space.db', 'file:./with space.db'],
  ['memory:', '', 'memory:'],
])('reads %s', (url, path, display) => {
  const target = parse(url)
  expect([target.url.path, target.display, target.layout]).toEqual([path, display, 'auto'])
  expect(target).toMatchObject({ driver: 'local', endpoints: [], secure: false })
})

it.each([
  ['file:', /names no file/],
  ['file:./folder/', /names no file/],
  ['file://registry.db', /names a host/],
  ['memory:name', /takes no name/],
])('refuses %s', (url, message) => {
  expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }))
})

it.each([{ user: 'root' }, { password: 'secret' }, { token: 'secret' }, { tls: { cacert: 'ca.pem' } }])(
  'has no use for %o',
  (given) => {
    expect(() => parse('memory:', given)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(/no users/) }),
    )
  },
)

it('makes its file when something is registered, not when that is refused or looked for', async () => {
  const path = join(folder, 'new.db')
  const backend = await local.open(parse(`file:${path}`), options)
  const instance = { id: '1', name: 'hello', endpoints: ['http://127.0.0.1:8000'] }
  await expect(backend.scan({})[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unreachable' })
  await expect(backend.register(instance, { ttl: 0 })).rejects.toMatchObject({ code: 'usage' })
  expect(existsSync(path)).toBe(false)
  const registration = await backend.register(instance, {})
  expect(registration.action).toBe('created')
  const ids: string[] = []
  for await (const page of backend.scan({})) ids.push(...page.records.map((record) => record.id))
  expect(ids).toEqual(['/microservices/hello/1'])
  await backend[Symbol.asyncDispose]()
})
