import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JournalWriter } from '../../src/client/journal/writer.ts'
import { ROLES, type Role } from '../../src/server/authenticate.ts'
import type { RawRecord } from '../../src/model/record.ts'
import { type ServedRoute, withRoutes } from './every-route.ts'
import { Ground, onEmbeddedAndEtcd, tokensOf } from './ground.ts'

/** It stands in all that is stored of the service that the tokens are not for. */
const MARK = 'of-payments-alone'
const SHOP = 'shop-web'
const PAYMENTS = 'payments'

/** Whose instance a request is about, and what it says of it. */
interface Meant {
  readonly id: string
  readonly key: string
  readonly service: string
}

interface Asked {
  readonly path?: string
  readonly body?: object
}

const marks = ({ id, key, service }: Meant) => ({ records: [{ id: key, service, instance: id }] })
const lies = ({ id, key, service }: Meant) => ({
  ...marks({ id: service, key, service }),
  instance: { id, name: service },
})
const planned = ({ id, service }: Meant) => ({ action: 'deregister', targets: [{ service, id }] })
const nothing = () => ({})

/** One request for every route; a route that is missing here fails the test. */
const REQUESTS: Readonly<Record<string, (meant: Meant) => Asked>> = {
  'GET /': nothing,
  'GET /healthz': nothing,
  'GET /readyz': nothing,
  'GET /metrics': nothing,
  'GET /openapi.json': nothing,
  'GET /sd/prometheus': ({ service }) => ({ path: `/sd/prometheus?service=${service}` }),
  'POST /registry/services': ({ service }) => ({
    body: { name: service, address: '10.9.9.9:9', metadata: { of: MARK } },
  }),
  'GET /registry/services': nothing,
  'GET /registry/services/:id': nothing,
  'GET /registry/services/:id/health': nothing,
  'PUT /registry/services/:id/renew': (meant) => ({ body: lies(meant) }),
  'PUT /registry/services/:id/offline': (meant) => ({ body: lies(meant) }),
  'DELETE /registry/services/:id': (meant) => ({ body: lies(meant) }),
  'GET /registry/discovery/:service': nothing,
  'GET /registry/stats': nothing,
  'GET /registry/services/:service/stats': nothing,
  'GET /registry/admin/all': nothing,
  'DELETE /registry/admin/services/:service': (meant) => ({ body: lies(meant) }),
  'GET /registry/watch': nothing,
  'GET /registry/watch/:service': nothing,
  'GET /registry/malformed': nothing,
  'GET /registry/history': nothing,
  'GET /registry/capabilities': nothing,
  'GET /registry/records': ({ service }) => ({ path: `/registry/records?service=${service}` }),
  'GET /registry/records/watch': ({ service }) => ({ path: `/registry/records/watch?service=${service}` }),
  'POST /registry/records': ({ id, service }) => ({
    body: { instance: { id, name: service, metadata: { of: MARK }, endpoints: ['http://10.9.9.9:9'] }, replace: true },
  }),
  'POST /registry/records/remove': (meant) => ({ body: marks(meant) }),
  'POST /registry/records/renew': (meant) => ({ body: marks(meant) }),
  'POST /registry/records/status': (meant) => ({ body: { ...marks(meant), status: 'down' } }),
  'GET /registry/view': nothing,
  'GET /registry/instance': ({ service, id }) => ({ path: `/registry/instance?service=${service}&id=${id}` }),
  'GET /registry/runs': nothing,
  'POST /registry/plans': (meant) => ({ body: planned(meant) }),
  'POST /registry/plans/apply': (meant) => ({ body: planned(meant) }),
}

const whole = ROLES.map((role) => [role, { name: role, role, services: [] }] as const)
const scoped = ROLES.map((role) => [`shop-${role}`, { name: `shop-${role}`, role, services: ['shop-*'] }] as const)
const tokens = tokensOf(Object.fromEntries([...whole, ...scoped]))
const below = (needed: Role) => ROLES.slice(0, ROLES.indexOf(needed))

let folder: string
let journals = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-reach-'))
})
afterAll(() => rm(folder, { recursive: true }))

function newJournal(): Promise<JournalWriter> {
  const bounds = { keep: 86_400_000, size: 1e8 }
  return JournalWriter.open(join(folder, `${++journals}.db`), { ...bounds, registry: 'any', now: Date.now })
}

await onEmbeddedAndEtcd(
  'every route',
  (open) => {
    let ground: Ground
    let routes: ServedRoute[]
    let pay: Meant
    beforeAll(async () => {
      ;({ made: ground, routes } = await withRoutes(open))
    })
    afterAll(() => ground[Symbol.asyncDispose]())

    /** As it was at the beginning, whatever was done to it, with a malformed record beside it. */
    async function plant(): Promise<void> {
      const instance = { id: 'pay-1', name: PAYMENTS, metadata: { of: MARK }, endpoints: ['http://10.0.0.1:80'] }
      const made = await ground.client.register(instance, { layout: 'aio', replace: true })
      await made.release()
      const key = made.records[0]?.id ?? ''
      const body = Buffer.from(`not JSON ${MARK}`)
      const malformed = { id: key.replace('pay-1', MARK), service: PAYMENTS, body, ttlGranted: null }
      for await (const { error } of ground.client.restore([malformed])) if (error) throw error
      pay = { id: 'pay-1', key, service: PAYMENTS }
      await expect
        .poll(async () => (await ask('admin', { ...route('GET /registry/services/:id') }, pay)).status)
        .toBe(200)
    }

    function route(line: string): ServedRoute {
      const found = routes.find((each) => each.line === line)
      if (!found) throw new Error(`there is no route ${line}`)
      return found
    }

    /** All that is stored of payments. */
    async function stored(): Promise<RawRecord[]> {
      const records: RawRecord[] = []
      for await (const page of ground.client.backend.scan({ services: [PAYMENTS] })) records.push(...page.records)
      return records
    }

    /** The same without what `stir` adds. */
    async function ofPayments(): Promise<RawRecord[]> {
      return (await stored()).filter(({ id }) => !id.includes(`${PAYMENTS}-`))
    }

    /** Its answer, to the end, or as far as a stream has come when another instance of the shop was registered. */
    async function ask(token: string, { method, url, line, isStream }: ServedRoute, meant: Meant, query = '') {
      const { path = url, body: said } = REQUESTS[line]?.(meant) ?? {}
      const body = line.endsWith('/plans/apply') ? { ...said, digest: await digestOf(said) } : said
      const named = path.replace(':id', pay.id).replace(':service', PAYMENTS)
      const stop = new AbortController()
      const answer = await fetch(`${ground.url}${named}${query}`, {
        method,
        signal: stop.signal,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      if (!isStream || answer.status !== 200) return { status: answer.status, text: await answer.text() }
      let text = ''
      let stirred: Promise<unknown> | undefined
      for await (const chunk of answer.body ?? []) {
        text += Buffer.from(chunk).toString()
        if (text.includes('event: synced')) stirred ??= stir()
        if (text.includes(STIRRED) || text.includes(`"at":"${MARK}"`)) break
      }
      stop.abort()
      await stirred
      return { status: answer.status, text }
    }

    /** As somebody who may plan it has got it. */
    async function digestOf(asked: object | undefined): Promise<string> {
      const answer = await ground.ask('POST', '/registry/plans', asked, { authorization: 'Bearer admin' })
      return answer.data?.digest ?? 'none'
    }

    let stirs = 0
    const STIRRED = 'registered-meanwhile'
    async function stir(): Promise<void> {
      for (const name of [PAYMENTS, SHOP]) {
        const metadata = { at: name === SHOP ? STIRRED : MARK }
        const instance = { id: `${name}-${++stirs}`, name, metadata, endpoints: ['http://10.0.0.2:80'] }
        await (await ground.client.register(instance, { layout: 'aio' })).release()
      }
    }

    it('has a request here, and a role unless it is open on purpose', () => {
      const lines = routes.map(({ line }) => line).filter((line) => !line.startsWith('GET /page/'))
      expect(lines.toSorted()).toEqual(Object.keys(REQUESTS).toSorted())
      const openly = routes.filter(({ role }) => role === undefined).map(({ url }) => url)
      expect(openly.filter((url) => !url.startsWith('/page/')).toSorted()).toEqual(['/', '/healthz', '/readyz'])
    })

    it('is refused to a token of a lesser role, and then changes nothing', async () => {
      await plant()
      const before = await stored()
      for (const each of routes)
        for (const role of each.role ? below(each.role) : [])
          expect((await ask(role, each, pay)).status, `${role} ${each.line}`).toBe(403)
      expect(await stored()).toEqual(before)
    })

    it.each(['in truth', 'as one of the shop'])(
      'says and changes nothing of another service, named %s',
      async (how) => {
        await plant()
        const meant = how === 'in truth' ? pay : { ...pay, service: SHOP }
        const before = await ofPayments()
        for (const each of routes) {
          const registers = each.line.startsWith('POST') && /\/(services|records)$/.test(each.url)
          if (registers && how !== 'in truth') continue // in the shop then, under the shop's own key
          const hasQuery = REQUESTS[each.line]?.(meant).path?.includes('?')
          const queries = each.url.startsWith('/registry') && each.method === 'GET' ? ['', '?consistent=true'] : ['']
          for (const role of ROLES)
            for (const query of hasQuery ? [''] : queries) {
              const { status, text } = await ask(`shop-${role}`, each, meant, query)
              expect(text, `${role} ${each.line}`).not.toContain(MARK)
              if (each.method === 'GET') continue
              // The shop has no such instance to be planned.
              const isUnknown = each.url.startsWith('/registry/plans') && how !== 'in truth'
              expect(isUnknown && role !== 'viewer' ? [404, 409] : [403], `${role} ${each.line}`).toContain(status)
              expect(await ofPayments(), `${role} ${each.line}`).toEqual(before)
            }
        }
        expect(await ofPayments()).toEqual(before)
      },
    )

    it('does what it is for when the token is for all services', async () => {
      for (const each of routes) {
        await plant()
        const { status, text } = await ask(each.role ?? 'viewer', each, pay)
        expect(status, `${each.line}: ${text}`).toBe(200)
      }
    })
  },
  // Nobody renews its instances, and a test may take longer than they are up.
  async () => ({ tokens, monitor: false, journal: await newJournal() }),
)

describe('a token for some services', () => {
  it('knows the instance of its own service among several of one id', async () => {
    await using ground = await Ground.open('memory:', { tokens })
    for (const name of [PAYMENTS, SHOP])
      await (await ground.client.register({ name, id: 'x', endpoints: ['http://h:1'] }, { layout: 'aio' })).release()
    const ask = (token: string, method: string, path: string) =>
      ground.ask(method, `/registry/services/x${path}`, undefined, { authorization: `Bearer ${token}` })
    await expect.poll(async () => (await ask('editor', 'GET', '')).status).toBe(409)
    expect((await ask('shop-editor', 'GET', '')).data).toMatchObject({ name: SHOP })
    expect((await ask('shop-editor', 'DELETE', '')).status).toBe(200)
    expect((await ask('shop-editor', 'GET', '')).status).toBe(403)
    expect((await ask('editor', 'GET', '')).data).toMatchObject({ name: PAYMENTS })
  })
})
