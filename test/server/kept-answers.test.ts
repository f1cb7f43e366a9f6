import { expect, it } from 'vitest'
import { type Ground, onEmbeddedAndEtcd, tokensOf } from './ground.ts'

const AIO_TTL = 5_000
const TOKENS = tokensOf({
  all: { name: 'all', role: 'editor', services: [] },
  own: { name: 'own', role: 'editor', services: ['pay'] },
  other: { name: 'other', role: 'admin', services: ['orders'] },
})

/** What a request gets: the bytes, and what is said of them. */
interface Got {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

function ask(ground: Ground, method: string, path: string, body?: object) {
  return ground.ask(method, `/registry${path}`, body, { authorization: 'Bearer all' })
}

async function register(ground: Ground, name: string, host: string, more: object = {}): Promise<string> {
  return (await ask(ground, 'POST', '/services', { name, address: `${host}:80`, ...more })).data.id
}

async function get(ground: Ground, path: string, token = 'all'): Promise<Got> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${ground.url}/registry/discovery/${path}`, { headers })
  const body = Buffer.from(await answer.arrayBuffer()).toString('latin1')
  const said = new Headers(answer.headers)
  said.delete('date')
  return { status: answer.status, body, headers: Object.fromEntries(said) }
}

/** Asks twice, so that the second answer is one that was kept, and compares both with what the registry itself holds. */
async function checked(ground: Ground, path = 'pay'): Promise<Got> {
  const first = await get(ground, path)
  expect(await get(ground, path)).toEqual(first)
  expect((await get(ground, `${path}${path.includes('?') ? '&' : '?'}consistent=true`)).body).toBe(first.body)
  expect(first.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(first.headers['content-length']).toBe(String(first.body.length))
  return first
}

function idsIn({ body }: Got): string[] {
  const { data }: { data: readonly { id: string }[] } = JSON.parse(body)
  return data.map(({ id }) => id).toSorted()
}

const options = { tokens: TOKENS, monitor: false }

await onEmbeddedAndEtcd(
  'an answer to discovery that is kept',
  (open) => {
    it('is the one before, byte for byte, until its service changes', async () => {
      await using ground = await open()
      const first = await register(ground, 'pay', '10.0.0.1', { metadata: { city: 'Zürich 用户' } })
      expect(idsIn(await checked(ground))).toEqual([first])
      const second = await register(ground, 'pay', '10.0.0.2')
      const both = await checked(ground)
      expect(idsIn(both)).toEqual([first, second].toSorted())
      await ask(ground, 'PUT', `/services/${second}/renew`)
      await expect.poll(async () => (await get(ground, 'pay')).body).not.toBe(both.body)
      await checked(ground)
      await ask(ground, 'PUT', `/services/${first}/offline`)
      expect(idsIn(await checked(ground))).toEqual([second])
      await ask(ground, 'DELETE', `/services/${second}`)
      expect(idsIn(await checked(ground))).toEqual([])
      expect(idsIn(await checked(ground, 'pay?status=inactive'))).toEqual([first])
    })

    it('is one for each filter', async () => {
      await using ground = await open()
      const test = await register(ground, 'pay', '10.0.0.1', { env: 'test', protocol: 'grpc' })
      const prod = await register(ground, 'pay', '10.0.0.2', { env: 'prod', protocol: 'http' })
      for (const [query, ids] of [
        ['', [test, prod]],
        ['?env=test', [test]],
        ['?env=prod', [prod]],
        ['?protocol=grpc', [test]],
        ['?protocol=http', [prod]],
        ['?env=test&protocol=http', []],
        ['?status=inactive', []],
      ] as const)
        expect(idsIn(await checked(ground, `pay${query}`))).toEqual([...ids].toSorted())
    })

    it('comes with the revision of now', async () => {
      await using ground = await open()
      await register(ground, 'pay', '10.0.0.1')
      const before = await checked(ground)
      await register(ground, 'orders', '10.0.0.2')
      const after = await checked(ground)
      expect(after.body).toBe(before.body)
      const [earlier = '', later = ''] = [before, after].map(({ headers }) => headers['x-rollcall-revision'])
      expect(BigInt(later)).toBeGreaterThan(BigInt(earlier))
    })

    it('is for those who may see its service alone', async () => {
      await using ground = await open()
      await register(ground, 'pay', '10.0.0.1')
      const { body } = await checked(ground)
      expect(await get(ground, 'pay', 'own')).toMatchObject({ status: 200, body })
      expect(await get(ground, 'pay', 'other')).toMatchObject({ status: 403 })
      expect(await get(ground, 'pay', 'nobody')).toMatchObject({ status: 401 })
      expect(await get(ground, 'pay')).toMatchObject({ status: 200, body })
    })
  },
  options,
)

await onEmbeddedAndEtcd(
  'an answer to discovery that is kept',
  (open) => {
    it('does not outlive a status that time alone changes', async () => {
      await using ground = await open()
      const id = await register(ground, 'pay', '10.0.0.1')
      expect(idsIn(await get(ground, 'pay'))).toEqual([id])
      const ids = async () => idsIn(await get(ground, 'pay'))
      await expect.poll(ids, { timeout: 4 * AIO_TTL, interval: 100 }).toEqual([])
      expect(idsIn(await checked(ground, 'pay?status=expired'))).toEqual([id])
    })
  },
  options,
  { aioTtl: AIO_TTL },
)
