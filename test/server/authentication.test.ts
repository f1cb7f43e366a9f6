import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silent } from '../../src/model/logger.ts'
import type { Role } from '../../src/server/authenticate.ts'
import { TokenFile, addToken, removeToken } from '../../src/server/tokens.ts'
import { Ground } from './ground.ts'

let folder: string
let file: string
let ground: Ground
const tokens: Record<string, string> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-tokens-'))
  file = join(folder, 'tokens.json')
  for (const role of ['viewer', 'editor', 'admin'] as const) tokens[role] = await make(role, role)
  tokens.shop = await make('shop', 'editor', ['shop-*'])
  const opened = await TokenFile.open(file, silent)
  ground = await Ground.open('memory:', { tokens: opened, rate: 1_000 })
})
afterAll(async () => {
  await ground[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function make(name: string, role: Role, services: string[] = []): Promise<string> {
  return addToken(file, { name, role, services }, Date.now())
}

function ask(who: string, method: string, path: string, body?: unknown) {
  return ground.ask(method, `/registry${path}`, body, { authorization: `Bearer ${tokens[who]}` })
}

/** Opens a stream; answers how it went when it has ended. */
async function stream(who: string, path = '/watch'): Promise<{ ended: Promise<string>; isOpen: () => boolean }> {
  const answer = await fetch(`${ground.url}/registry${path}`, { headers: { authorization: `Bearer ${tokens[who]}` } })
  expect(answer.status).toBe(200)
  let isOpen = true
  const ended = answer.text().then(
    () => 'ended',
    () => 'broken off',
  )
  void ended.then(() => (isOpen = false))
  return { ended, isOpen: () => isOpen }
}
const edit = async (change: (token: { name: string; [field: string]: unknown }) => object) => {
  const { tokens: all } = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ tokens: all.map(change) }))
}

const statusOfIdle = async () => (await ask('idle', 'GET', '/services')).status

const instance = (name: string) => ({ name, address: '10.0.0.1:80' })

describe('tokens', () => {
  it('are kept as hashes only, in a file that its owner alone can read', async () => {
    const text = await readFile(file, 'utf8')
    for (const token of Object.values(tokens)) expect(text).not.toContain(token)
  })

  it.each(['GET /services', 'GET /nothing', 'PATCH /services', 'GET /admin/all', 'POST /services'])(
    'are needed for %s, and a wrong one is none',
    async (line) => {
      const [method = '', path] = line.split(' ')
      for (const authorization of ['', 'Bearer', 'Bearer x', `Basic ${tokens.admin}`, `Bearer ${tokens.admin}x`]) {
        const headers: Record<string, string> = authorization ? { authorization } : {}
        const answer = await ground.ask(method, `/registry${path}`, undefined, headers)
        expect([401, 429]).toContain(answer.status)
        expect(answer.data).toBeNull()
      }
    },
  )

  it('let each role do its own, and nothing more', async () => {
    const id = (await ask('editor', 'POST', '/services', instance('a'))).data.id
    const routes: [string, string, Role][] = [
      ['GET', '/services', 'viewer'],
      ['GET', `/services/${id}`, 'viewer'],
      ['GET', `/services/${id}/health`, 'viewer'],
      ['GET', '/discovery/a', 'viewer'],
      ['GET', '/stats', 'viewer'],
      ['GET', '/services/a/stats', 'viewer'],
      ['PUT', `/services/${id}/renew`, 'editor'],
      ['PUT', `/services/${id}/offline`, 'editor'],
      ['GET', '/admin/all', 'admin'],
    ]
    const roles: Role[] = ['viewer', 'editor', 'admin']
    for (const [method, route, needed] of routes)
      for (const role of roles) {
        const may = roles.indexOf(role) >= roles.indexOf(needed)
        expect(await ask(role, method, route)).toMatchObject({ status: may ? 200 : 403, code: may ? 20_000 : 40_300 })
      }
    expect((await ask('viewer', 'POST', '/services', instance('b'))).status).toBe(403)
    expect((await ask('viewer', 'DELETE', `/services/${id}`)).status).toBe(403)
    expect((await ask('editor', 'DELETE', '/admin/services/a')).status).toBe(403)
    expect((await ask('viewer', 'GET', '/services')).data).toEqual(['a'])
    expect((await ask('admin', 'DELETE', '/admin/services/a')).data.removed_count).toBe(1)
  })

  it('for some services see and change those alone', async () => {
    const other = (await ask('editor', 'POST', '/services', instance('other'))).data.id
    const own = (await ask('shop', 'POST', '/services', instance('shop-1'))).data.id
    expect((await ask('shop', 'GET', '/services')).data).toEqual(['shop-1'])
    expect((await ask('shop', 'GET', '/stats')).data).toMatchObject({
      total_instances: 1,
      service_stats: { 'shop-1': 1 },
    })
    expect((await ask('shop', 'PUT', `/services/${own}/renew`)).status).toBe(200)
    expect((await ask('shop', 'POST', '/services', instance('other'))).status).toBe(403)
    for (const [method, route] of [
      ['GET', `/services/${other}`],
      ['PUT', `/services/${other}/renew`],
      ['DELETE', `/services/${other}`],
      ['GET', '/discovery/other'],
      ['GET', '/services/other/stats'],
    ])
      expect((await ask('shop', method ?? '', route ?? '')).status).toBe(403)
    expect((await ask('viewer', 'GET', `/services/${other}`)).status).toBe(200)
  })

  it('count from when they are added, and no longer when they are removed', async () => {
    tokens.late = await make('late', 'viewer')
    await expect.poll(async () => (await ask('late', 'GET', '/services')).status, { timeout: 10_000 }).toBe(200)
    await removeToken(file, 'late')
    await expect.poll(async () => (await ask('late', 'GET', '/services')).status, { timeout: 10_000 }).toBe(401)
  })
})

describe('a token that has been used', () => {
  it('counts no longer once it was removed, for all requests that come together after a while', async () => {
    tokens.idle = await make('idle', 'viewer')
    await expect.poll(statusOfIdle, { timeout: 10_000 }).toBe(200)
    await removeToken(file, 'idle')
    await sleep(1_000) // the promise itself: within a second
    for (const each of await Promise.all(Array.from({ length: 8 }, statusOfIdle))) expect([401, 429]).toContain(each)
  })

  it.each([
    ['role', { role: 'viewer' }, 'POST', '/services'],
    ['services', { services: ['shop-1'] }, 'GET', '/discovery/other'],
  ])('counts with its new %s', async (_, given, method, path) => {
    tokens.used = await make('used', 'editor')
    const status = async () => (await ask('used', method, path, method === 'POST' ? instance('a') : undefined)).status
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    await edit((token) => (token.name === 'used' ? { ...token, ...given } : token))
    await expect.poll(status, { timeout: 10_000 }).toBe(403)
    await removeToken(file, 'used')
  })
})

describe('a stream', () => {
  it.each([
    ['is removed', (name: string) => removeToken(file, name)],
    [
      'has another role',
      (name: string) => edit((token) => (token.name === name ? { ...token, role: 'viewer' } : token)),
    ],
    [
      'is for other services',
      (name: string) => edit((token) => (token.name === name ? { ...token, services: ['b'] } : token)),
    ],
  ])('ends when its token %s, and no other does', async (_, change) => {
    tokens.brief = await make('brief', 'editor', ['a'])
    await expect.poll(async () => (await ask('brief', 'GET', '/services')).status, { timeout: 10_000 }).toBe(200)
    const [own, records, other] = [
      await stream('brief'),
      await stream('brief', '/records/watch'),
      await stream('viewer'),
    ]
    await change('brief')
    expect(await Promise.all([own.ended, records.ended])).toEqual(['broken off', 'broken off'])
    expect(other.isOpen()).toBe(true)
    await removeToken(file, 'brief').catch(() => {})
  })

  it('ends with the file of tokens', async () => {
    const text = await readFile(file, 'utf8')
    const open = await stream('viewer')
    await rm(file)
    expect(await open.ended).toBe('broken off')
    await writeFile(file, text)
    await expect.poll(async () => (await ask('viewer', 'GET', '/services')).status, { timeout: 10_000 }).toBe(200)
  })
})

describe('the audit log', () => {
  it('says who did what, before and after, and no secret', async () => {
    const body = { ...instance('audited'), metadata: { zone: 'a', 'db-password': 'hunter2' } }
    const { data } = await ask('editor', 'POST', '/services', body)
    await ask('admin', 'DELETE', `/services/${data.id}`)
    await ask('viewer', 'DELETE', `/services/${data.id}`)
    const lines = ground.audit.map((line) => JSON.parse(line)).filter(({ service }) => service === 'audited')
    expect(lines).toMatchObject([
      { who: 'editor', action: 'register', id: data.id, after: { metadata: { zone: 'a' } } },
      { who: 'admin', action: 'unregister', id: data.id, before: { address: '10.0.0.1:80' } },
    ])
    const text = ground.audit.join('\n')
    for (const secret of ['hunter2', ...Object.values(tokens)]) expect(text).not.toContain(secret)
  })
})

it('one token may ask so often, and no more', async () => {
  await using slow = await Ground.open('memory:', { rate: 2 })
  const answers = await Promise.all(Array.from({ length: 30 }, () => slow.get('/services')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(10)
  expect(refused[0]).toMatchObject({ code: 42_900, data: null })
})
