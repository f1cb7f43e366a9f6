import { EventEmitter, once } from 'node:events'
import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseHours } from '../../src/model/hours.ts'
import { run } from '../cli/run.ts'
import { type Answer, Ground, onEmbeddedAndEtcd, tokensOf } from './ground.ts'

const tokens = tokensOf({
  viewer: { name: 'viewer', role: 'viewer', services: [] },
  editor: { name: 'editor', role: 'editor', services: [] },
  shop: { name: 'shop', role: 'editor', services: ['shop-*'] },
})

/** No client takes it, wherever it is. */
const EMPTY = '{"id":"","name":"cart","version":"v1","metadata":null,"endpoints":["http://h:1"]}'

const NOON = Date.parse('2026-11-30T12:00:00Z')

type Asked = Readonly<Record<string, unknown>> & { readonly action: string }

let ground: Ground

function post(path: string, body: object, who = 'editor'): Promise<Answer> {
  return ground.ask('POST', `/registry/${path}`, body, { authorization: `Bearer ${who}` })
}

/** Plans and applies at once. */
async function make(asked: Asked, who = 'editor'): Promise<Answer> {
  const { data, status, msg } = await post('plans', asked, who)
  expect(status, msg).toBe(200)
  return await post('plans/apply', { ...asked, digest: data.digest }, who)
}

function runs(who = 'editor'): Promise<Answer> {
  return ground.ask('GET', '/registry/runs', undefined, { authorization: `Bearer ${who}` })
}

/** On a lease, as Kratos registers. */
async function kratos(name: string, id: string, host = '10.0.0.1'): Promise<void> {
  const made = await ground.client.register(
    { name, id, endpoints: [`http://${host}:80`] },
    { layout: 'kratos', ttl: 600 },
  )
  await made.release()
}

async function aio(name: string, id: string, host = '10.0.0.1'): Promise<void> {
  const made = await ground.client.register({ name, id, endpoints: [`http://${host}:80`] }, { layout: 'aio' })
  await made.release()
}

/** What is stored, by key, with the revision. */
async function stored(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for await (const { records } of ground.client.backend.scan({}))
    for (const { id, body } of records) found.set(id, Buffer.from(body as Uint8Array).toString())
  return found
}

const statusOf = async (service: string, id: string) => (await ground.client.find({ service, id }))[0]?.observed.status

await onEmbeddedAndEtcd(
  'a change over HTTP',
  (open) => {
    beforeEach(async () => {
      ground = await open()
    })
    afterEach(() => ground[Symbol.asyncDispose]())

    it('shows what follows before it is made, and drains a host and takes it back', async () => {
      for (const id of ['pay-1', 'pay-2', 'pay-3']) await kratos('payments', id, `10.0.0.${id.at(-1)}`)
      await aio('mailer', 'mail-1')
      const before = await stored()
      const asked = { action: 'drain', host: '10.0.0.1' }
      const plan = (await post('plans', asked)).data
      expect(plan.items).toMatchObject([
        { service: 'mailer', id: 'mail-1', action: 'offline', result: 'planned', comesBack: true },
        { service: 'payments', id: 'pay-1', action: 'deregister', live: true, leased: true },
      ])
      expect(plan.items[0].note).toContain('next renewal')
      expect(plan.items[1].note).toMatch(/\w+ \w+/)
      expect(plan.refusals).toEqual([])
      expect(await stored()).toEqual(before)
      const { status, code, data } = await post('plans/apply', { ...asked, digest: plan.digest })
      expect([status, code, data.items.map(({ result }: { result: string }) => result)]).toEqual([
        200,
        20_000,
        ['done', 'done'],
      ])
      expect([...(await stored()).keys()]).toHaveLength(3)
      expect(await statusOf('mailer', 'mail-1')).toBe('down')
      expect((await runs()).data).toMatchObject([
        { id: data.run, command: 'drain', drained: '10.0.0.1', records: 2, takenBack: 'no' },
      ])
      expect((await make({ action: 'undo', run: data.run })).code).toBe(20_000)
      expect((await stored()).get(plan.items[1].key)).toBe(before.get(plan.items[1].key))
      expect(await statusOf('mailer', 'mail-1')).toBe('up')
      expect((await runs()).data).toMatchObject([{ takenBack: 'yes' }])
      const lines = ground.audit.map((line) => JSON.parse(line))
      expect(lines.map(({ who, action, id }) => `${who} ${action} ${id}`)).toEqual(
        expect.arrayContaining([
          'editor offline mail-1',
          'editor unregister pay-1',
          'editor online mail-1',
          'editor restore pay-1',
        ]),
      )
    })

    it('takes an instance out of traffic and back, and removes one', async () => {
      await aio('mailer', 'mail-1')
      await kratos('payments', 'pay-1')
      const targets = [{ service: 'mailer', id: 'mail-1' }]
      expect((await make({ action: 'offline', targets })).code).toBe(20_000)
      expect(await statusOf('mailer', 'mail-1')).toBe('down')
      expect((await make({ action: 'online', targets })).code).toBe(20_000)
      expect(await statusOf('mailer', 'mail-1')).toBe('up')
      expect(await post('plans', { action: 'offline', targets: [{ service: 'payments', id: 'pay-1' }] })).toMatchObject(
        { status: 501 },
      )
      expect((await make({ action: 'deregister', targets: [{ service: 'payments', id: 'pay-1' }] })).code).toBe(20_000)
      expect(await statusOf('payments', 'pay-1')).toBeUndefined()
    })

    it('removes malformed records alone, and puts them back', async () => {
      await kratos('cart', 'cart-1')
      const folder = `${ground.client.target.prefix ?? '/microservices'}/cart`
      const bad = { id: `${folder}/tmp`, service: 'cart', body: Buffer.from(EMPTY), ttlGranted: null }
      for await (const { result } of ground.client.restore([bad])) expect(result).toBe('done')
      const done = await make({ action: 'purge-malformed' })
      expect(done.data.items).toMatchObject([{ key: bad.id, action: 'deregister', result: 'done' }])
      expect([...(await stored()).keys()]).toEqual([`${folder}/cart-1`])
      expect((await make({ action: 'undo', run: done.data.run })).code).toBe(20_000)
      expect((await stored()).get(bad.id)).toBe(EMPTY)
    })

    it('is refused and planned anew when the registry has changed meanwhile', async () => {
      await aio('mailer', 'mail-1')
      const asked = { action: 'drain', host: '10.0.0.1' }
      const { digest } = (await post('plans', asked)).data
      await aio('mailer', 'mail-2')
      const before = await stored()
      const refused = await post('plans/apply', { ...asked, digest })
      expect(refused).toMatchObject({ status: 409, code: 40_900 })
      expect(refused.data.items).toHaveLength(2)
      expect(await stored()).toEqual(before)
      expect((await post('plans/apply', { ...asked, digest: refused.data.digest })).code).toBe(20_000)
    })

    it('is made once, however often it is asked for', async () => {
      await aio('mailer', 'mail-1')
      const asked = { action: 'offline', targets: [{ service: 'mailer', id: 'mail-1' }] }
      const { digest } = (await post('plans', asked)).data
      const answers = await Promise.all(Array.from({ length: 5 }, () => post('plans/apply', { ...asked, digest })))
      expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(4)
      expect((await make({ action: 'online', targets: asked.targets })).code).toBe(20_000)
      expect((await post('plans/apply', { ...asked, digest })).status).toBe(409)
      expect(await statusOf('mailer', 'mail-1')).toBe('up')
      expect((await runs()).data).toHaveLength(2)
    })

    it('is refused by the guard of the command line, which force lifts', async () => {
      await kratos('payments', 'pay-1')
      const asked = { action: 'drain', host: '10.0.0.1' }
      const plan = (await post('plans', asked)).data
      expect(plan.refusals).toMatchObject([{ fact: expect.stringContaining('would remove 1 of 1'), force: true }])
      expect(await post('plans/apply', { ...asked, digest: plan.digest })).toMatchObject({ status: 403 })
      expect((await post('plans/apply', { ...asked, force: true, digest: plan.digest })).status).toBe(409)
      expect(await statusOf('payments', 'pay-1')).toBe('up')
      expect((await make({ ...asked, force: true })).code).toBe(20_000)
      expect(await statusOf('payments', 'pay-1')).toBeUndefined()
    })

    it('keeps to the services of a token, in every record and in every run', async () => {
      await aio('shop-web', 'web-1')
      await aio('mailer', 'mail-1')
      const plan = (await post('plans', { action: 'drain', host: '10.0.0.1' }, 'shop')).data
      expect(plan.items.map(({ service }: { service: string }) => service)).toEqual(['shop-web'])
      const all = await make({ action: 'drain', host: '10.0.0.1' })
      expect((await runs('shop')).data).toEqual([])
      expect((await post('plans', { action: 'undo', run: all.data.run }, 'shop')).status).toBe(403)
      expect((await make({ action: 'undo', run: all.data.run })).code).toBe(20_000)
      const own = await make({ action: 'drain', host: '10.0.0.1' }, 'shop')
      expect((await runs('shop')).data).toMatchObject([{ id: own.data.run, user: 'shop over HTTP' }])
      expect(await statusOf('mailer', 'mail-1')).toBe('up')
      for (const action of ['offline', 'deregister'])
        expect((await post('plans', { action, targets: [{ service: 'mailer', id: 'mail-1' }] }, 'shop')).status).toBe(
          403,
        )
      expect((await post('plans', { action: 'drain', host: '10.0.0.1' }, 'viewer')).status).toBe(403)
    })

    it('takes a host for a name, never for a pattern', async () => {
      await aio('mailer', 'mail-1')
      for (const host of ['*', '10.0.0.?', '!10.0.0.2', '10.0.0.1,10.0.0.2'])
        expect((await post('plans', { action: 'drain', host })).status).toBe(404)
    })
  },
  { tokens, monitor: false },
)

describe('a change over HTTP', () => {
  it('is in the list of undo on that machine', async () => {
    await using opened = await Ground.open('memory:', { tokens, monitor: false })
    ground = opened
    await aio('mailer', 'mail-1')
    const { data } = await make({ action: 'offline', targets: [{ service: 'mailer', id: 'mail-1' }] })
    const listed = await run(['undo', '--list', '-o', 'json'], { env: opened.env })
    expect(JSON.parse(listed.stdout).items).toMatchObject([
      { id: data.run, user: 'editor over HTTP', command: 'offline' },
    ])
    expect(await readdir(join(opened.env.XDG_STATE_HOME, 'rollcall/backups'))).toEqual([`${data.run}.ndjson`])
  })

  it('that is not through when the server has to end stops after its batch, and all it did is noted', async () => {
    ground = await Ground.open('memory:', { tokens, monitor: false })
    const { server, client, env, audit } = ground
    for (let at = 0; at < 600; at++) await kratos('payments', `pay-${at}`)
    const { backend } = client
    const remove = backend.remove.bind(backend)
    const gate = new EventEmitter()
    backend.remove = async function* removeLater(records) {
      gate.emit('begun')
      await once(gate, 'open')
      yield* remove(records)
    }
    const asked = { action: 'drain', host: '10.0.0.1', force: true }
    const { data } = await post('plans', asked)
    const begun = once(gate, 'begun')
    const cut = expect(post('plans/apply', { ...asked, digest: data.digest })).rejects.toThrow('fetch failed')
    await begun
    const ended = server[Symbol.asyncDispose]()
    await cut
    gate.emit('open')
    await ended
    expect(audit).toHaveLength(500)
    expect(await stored()).toHaveProperty('size', 100)
    const log = await readFile(join(env.XDG_STATE_HOME, 'rollcall/audit.ndjson'), 'utf8')
    expect(log.match(/"outcome":"done"/g)).toHaveLength(500)
    await client[Symbol.asyncDispose]()
    await rm(env.XDG_STATE_HOME, { recursive: true })
  })

  it('is not made where its backup cannot be written, and names no file', async () => {
    const logged: string[] = []
    const logger = { debug() {}, info() {}, warn: (line: string) => void logged.push(line) }
    await using opened = await Ground.open('memory:', { tokens, logger, monitor: false })
    ground = opened
    await kratos('payments', 'pay-1')
    await writeFile(join(opened.env.XDG_STATE_HOME, 'rollcall'), 'in the way')
    const answer = await make({ action: 'deregister', targets: [{ service: 'payments', id: 'pay-1' }] })
    expect(answer).toMatchObject({ status: 500, msg: expect.stringContaining('a backup cannot be read or written') })
    expect(answer.msg).not.toContain(opened.env.XDG_STATE_HOME)
    expect(logged.join()).toContain(opened.env.XDG_STATE_HOME)
    expect(await statusOf('payments', 'pay-1')).toBe('up')
  })

  it('keeps to what the context of the server protects, and wants its name', async () => {
    const hours = parseHours('00:00-23:59 UTC')
    const context = {
      name: 'prod',
      confirm: true,
      protected: [{ service: ['ledger'] }],
      protectedHours: hours ? [hours] : [],
    }
    await using opened = await Ground.open('memory:', { tokens, monitor: false, context, now: () => NOON })
    ground = opened
    await aio('ledger', 'ledger-1')
    await aio('mailer', 'mail-1')
    const ledger = [{ service: 'ledger', id: 'ledger-1' }]
    expect(await post('plans', { action: 'offline', targets: ledger })).toMatchObject({
      status: 403,
      msg: expect.stringContaining('context prod protects'),
    })
    const targets = [{ service: 'mailer', id: 'mail-1' }]
    const closed = (await post('plans', { action: 'deregister', targets })).data
    expect(closed.refusals).toMatchObject([
      { fact: expect.stringContaining('context prod lets nothing be removed'), force: false },
    ])
    const { digest, confirm } = (await post('plans', { action: 'offline', targets })).data
    expect(confirm).toBe('prod')
    for (const name of [undefined, 'Prod'])
      expect((await post('plans/apply', { action: 'offline', targets, digest, confirm: name })).status).toBe(400)
    expect((await post('plans/apply', { action: 'offline', targets, digest, confirm })).code).toBe(20_000)
  })

  it('does not use a backup that others could have written', async () => {
    await using opened = await Ground.open('memory:', { tokens, monitor: false })
    ground = opened
    await aio('mailer', 'mail-1')
    const { data } = await make({ action: 'offline', targets: [{ service: 'mailer', id: 'mail-1' }] })
    const path = join(opened.env.XDG_STATE_HOME, `rollcall/backups/${data.run}.ndjson`)
    expect(await readFile(path, 'utf8')).toContain('mail-1')
    await chmod(path, 0o666)
    expect((await runs()).data).toEqual([])
    expect((await post('plans', { action: 'undo', run: data.run })).status).toBe(404)
  })

  it('shows a token no run of which it is not known whether all of it is of its services', async () => {
    await using opened = await Ground.open('memory:', { tokens, monitor: false })
    ground = opened
    await aio('shop-web', 'web-1')
    await aio('mailer', 'mail-1')
    const { data } = await make({ action: 'drain', host: '10.0.0.1' })
    const path = join(opened.env.XDG_STATE_HOME, `rollcall/backups/${data.run}.ndjson`)
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.filter((line) => !line.startsWith('{"id":') || !line.includes('mail-1')).join('\n'))
    expect((await runs('shop')).data).toEqual([])
    expect((await runs()).data).toMatchObject([{ id: data.run }])
  })
})
