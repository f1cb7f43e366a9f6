import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { Authority } from '../../servers/certificates.ts'
import { Bin, type Started } from '../bin.ts'
import { Demo } from '../demo.ts'

let demo: Demo
let bin: Bin
beforeAll(async () => {
  demo = await Demo.open()
  bin = await Bin.build()
})
afterAll(async () => {
  await bin[Symbol.asyncDispose]()
  await demo[Symbol.asyncDispose]()
})

async function addressOf(server: Started): Promise<string> {
  await expect.poll(() => server.stderr, { timeout: 30_000 }).toMatch(/listening at \S+/)
  return /listening at (\S+?),?\s/.exec(server.stderr)?.[1] ?? ''
}

function start(...words: string[]): Started {
  return bin.start(['serve', '--listen', '127.0.0.1:0', ...words], { env: demo.env, cwd: demo.folder })
}

it.each(['SIGTERM', 'SIGINT'] as const)('serve lets in who has a token, and ends with 0 on %s', async (signal) => {
  const added = await demo.run(`token add ${signal} --role editor`)
  const authorization = `Bearer ${added.stdout.trim()}`
  const server = start('--audit-log', 'audit.ndjson')
  const url = await addressOf(server)
  expect((await fetch(`${url}/services`)).status).toBe(401)
  const headers = { authorization, 'content-type': 'application/json' }
  const body = JSON.stringify({ name: 'served', address: '10.0.0.1:80' })
  expect((await fetch(`${url}/services`, { method: 'POST', headers, body })).status).toBe(200)
  expect((await server.stop(signal)).status).toBe(0)
  expect((await demo.run('ls served -o name')).stdout).toContain('served/served-')
  expect((await stat(join(demo.folder, 'audit.ndjson'))).mode & 0o777).toBe(0o600)
  expect(await readFile(join(demo.folder, 'audit.ndjson'), 'utf8')).toContain(`"who":"${signal}"`)
})

it('token rm ends the streams that are open with it', async () => {
  const [kept, brief] = await Promise.all(['kept', 'brief'].map((name) => demo.run(`token add ${name} --role viewer`)))
  const server = start()
  const url = await addressOf(server)
  const open = async (token = '') => {
    const answer = await fetch(`${url}/watch`, { headers: { authorization: `Bearer ${token.trim()}` } })
    let isOpen = true
    void answer
      .text()
      .catch(() => {})
      .finally(() => (isOpen = false))
    return () => isOpen
  }
  const [keptIsOpen, briefIsOpen] = [await open(kept?.stdout), await open(brief?.stdout)]
  expect((await bin.start(['token', 'rm', 'brief'], { env: demo.env }).ended).status).toBe(0)
  await expect.poll(briefIsOpen, { timeout: 10_000 }).toBe(false)
  expect(keptIsOpen()).toBe(true)
  expect((await server.stop('SIGTERM')).status).toBe(0)
})

it.each(['serve --listen 127.0.0.1:0 --insecure-no-auth', 'monitor'])(
  '%s ends with 124, as any command, when --timeout passes',
  async (line) => {
    const ran = await demo.run(`${line} --timeout 200ms`)
    expect(ran).toMatchObject({ status: 124, stderr: expect.stringContaining('not done within 200ms') })
  },
)

it('serve speaks TLS to who has a certificate, and to nobody else', async () => {
  const authority = await Authority.create()
  const { cert, key } = await authority.issue('server')
  const files = ['--tls-cert', cert, '--tls-key', key, '--client-ca', authority.cacert]
  const server = start('--insecure-no-auth', ...files)
  const url = await addressOf(server)
  expect(url).toMatch(/^https:/)
  const curl = (more: string) => bin.shell(`curl -sS --cacert ${authority.cacert} ${more} ${url}/services`).ended
  expect((await curl(`--cert ${cert} --key ${key}`)).stdout).toContain('"code":20000')
  expect((await curl('')).status).not.toBe(0)
  expect((await server.stop('SIGTERM')).status).toBe(0)
  await authority.remove()
})

it.each([
  ['serve --insecure-no-auth --listen 0.0.0.0:0', 2, /everyone/],
  ['serve --listen nowhere', 2, /host:port/],
  ['serve --rate 0', 2, /--rate/],
  ['serve --tls-cert x', 2, /--tls-key/],
  ['serve --tokens none.json', 2, /no tokens/],
  ['serve --insecure-no-auth --listen 192.0.2.1:80', 2, /everyone/],
  ['serve --allow-host http://a.example', 2, /host name/],
  ['serve --allow-host a.example:80', 2, /host name/],
  ['serve --cors-origin console.example', 2, /origin/],
  ['serve --cors-origin https://console.example/', 2, /origin/],
  ['serve --insecure-no-auth --cors-origin *', 2, /every web page/],
  ['token add x', 2, /--role/],
  ['token add x --role king', 2, /no role/],
  ['token rm nobody', 1, /no token/],
  ['token sing', 2, /token add/],
])('%s is refused', async (line, status, message) => {
  const ran = await demo.run(line)
  expect(ran).toMatchObject({ status, stderr: expect.stringMatching(message) })
})

it('serve and token use no file of tokens that others could have written', async () => {
  await demo.run('token add mine --role viewer --tokens open.json')
  await chmod(join(demo.folder, 'open.json'), 0o666)
  const refused = { status: 2, stderr: expect.stringContaining('another user') }
  for (const line of ['serve', 'token ls', 'token add more --role admin', 'token rm mine'])
    expect(await demo.run(`${line} --tokens open.json`)).toMatchObject(refused)
  await chmod(join(demo.folder, 'open.json'), 0o600)
  expect((await demo.run('token ls --tokens open.json -o name')).stdout).toBe('mine\n')
  await writeFile(join(demo.folder, 'broken.json'), '{}', { mode: 0o600 })
  expect(await demo.run('serve --tokens broken.json')).toMatchObject({ status: 2 })
})

it('an audit line on a terminal holds nothing that moves its text', async () => {
  const stop = new AbortController()
  const line = 'serve --listen 127.0.0.1:0 --insecure-no-auth'
  const serving = demo.start(line, { terminal: true, signal: stop.signal })
  await expect.poll(() => serving.stderr.text(), { timeout: 30_000 }).toMatch(/listening at \S+/)
  const url = /listening at (\S+?),?\s/.exec(serving.stderr.text())?.[1] ?? ''
  const metadata = { note: '\u009b31m\u202e\u2066' }
  const body = JSON.stringify({ name: 'hostile', address: '10.0.0.1:80', metadata })
  await fetch(`${url}/services`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await expect.poll(() => serving.stdout.text()).toContain('"hostile"')
  const written = serving.stdout.text()
  expect(written).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/)
  expect(JSON.parse(written).after.metadata).toEqual(metadata)
  stop.abort(new RollcallError('interrupted', 'interrupted'))
  await serving.ended
})

it('token ls shows whose tokens there are, never a hash', async () => {
  await demo.run(['token', 'add', 'ls', '--role', 'viewer', '--service', 'a*'])
  const { items } = await demo.json('token ls')
  expect(items).toContainEqual({ name: 'ls', role: 'viewer', services: ['a*'], created: expect.any(String) })
  expect((await demo.run('token add ls --role viewer')).status).toBe(7)
})
