import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { freePorts } from '../servers/ports.ts'
import { describeWith } from '../servers/with-server.ts'
import { Demo } from './demo.ts'
import { run } from './run.ts'
import { blackHole, webServer } from './servers.ts'

/** One of each kind: what reads, what lists for ever, what writes. */
const LINES = [
  'ls',
  'ls --all -w',
  'get a/b',
  'watch',
  'stats',
  'check-keys',
  'renew a/b',
  'deregister a/b',
  'register a --id b -e grpc://10.0.0.1:1 --keep-alive',
]

const FEW = LINES.filter((line) => /^(ls|watch|register)/.test(line))

/** Each line ends with that status, one error and no output. */
async function refusesAll(
  registry: string,
  status: number,
  message: RegExp,
  lines = LINES,
  timeout = '30s',
): Promise<void> {
  for (const line of lines) {
    const ended = await run(`${line} -r ${registry} --request-timeout ${timeout}`)
    expect({ line, ...ended }).toMatchObject({ line, status, stdout: '' })
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr.split(/^rollcall: (?!warning: )/m)).toHaveLength(2)
  }
}

describe('a registry that cannot be reached', () => {
  it('is down', async () => {
    const [one, two] = await freePorts(2)
    await refusesAll(`etcd://127.0.0.1:${one}`, 3, /connection refused/, LINES.slice(0, -1))
    const { stderr } = await run(`ls -r etcd://127.0.0.1:${one},127.0.0.1:${two}`)
    expect(stderr).toContain(`127.0.0.1:${one}: connection refused`)
    expect(stderr).toContain(`127.0.0.1:${two}: connection refused`)
    expect(stderr).toContain('is it running')
    const written = await run(`register a --id b -e grpc://10.0.0.1:1 -r etcd://127.0.0.1:${one} --timeout 300ms`)
    expect(written).toMatchObject({ status: 124, stderr: expect.stringContaining('connection refused; trying again') })
  })

  it('is silent', async () => {
    await using hole = await blackHole()
    await refusesAll(
      `etcd://${hole.endpoint}`,
      3,
      /no answer from 127\.0\.0\.1:\d+ in 0\.3s/,
      LINES.slice(0, -1),
      '300ms',
    )
    const { status } = await run(`ls -r etcd://${hole.endpoint} --timeout 100ms`)
    expect(status).toBe(124)
  })

  it('is a web server', async () => {
    await using web = await webServer()
    // It answers at once; a machine with much to do may still need longer than for who is silent.
    await refusesAll(`etcd://${web.endpoint}`, 3, /is an HTTP server, not etcd/)
  })
})

describe('a file that is no registry', () => {
  it('is refused by every command, and left as it was', async () => {
    await using demo = await Demo.open()
    const path = join(demo.folder, 'text.db')
    await writeFile(path, 'not a database, but rather a long text of no use'.repeat(100))
    await refusesAll(`file:${path}`, 3, /is not an SQLite file/)
    await refusesAll(`file:${join(demo.folder, 'nix.db')}`, 3, /does not exist/, LINES.slice(0, -1))
    await refusesAll(`file:${join(demo.folder, 'nix/nix.db')}`, 3, /nix/, LINES.slice(0, -1))
  })
})

await describeWith('etcd', 'an etcd that says no', () => {
  let open: EtcdServer
  let tls: EtcdServer
  let closed: EtcdServer
  beforeAll(async () => {
    const auth = {
      roles: { pay: [{ may: 'read', key: '/microservices/pay/', prefix: true }] },
      users: { pay: { password: 'pay-secret', roles: ['pay'] }, nobody: { password: 'nobody-secret', roles: [] } },
    } as const
    ;[open, tls, closed] = await Promise.all([startEtcd(), startEtcd({ tls: true }), startEtcd({ auth })])
  })
  afterAll(() => Promise.all([open, tls, closed].map((server) => server[Symbol.asyncDispose]())))

  it('speaks TLS, or does not', async () => {
    await refusesAll(`etcd://${tls.endpoint}`, 3, /speaks TLS only/, FEW)
    await refusesAll(`etcds://${open.endpoint}`, 3, /does not speak TLS/, FEW)
    await refusesAll(`etcds://${tls.endpoint}`, 3, /certificate/, FEW)
    const trusted = await run(['ls', '-r', `etcds://${tls.endpoint}`, '--cacert', tls.tls?.authority.cacert ?? ''])
    expect(trusted.status).toBe(0)
  })

  it('wants to know who asks, and refuses a wrong password without showing it', async () => {
    const registry = `etcd://${closed.endpoint}`
    await refusesAll(registry, 4, /--user/)
    const env = { ROLLCALL_PASSWORD: 'a-wrong-secret' }
    const wrong = await run(`ls -r ${registry} --user pay --debug`, { env })
    expect(wrong.status).toBe(4)
    expect(wrong.stderr).not.toContain('a-wrong-secret')
    const right = await run(`ls -r ${registry} --user pay --password-file - --debug`, { stdin: 'pay-secret\n' })
    expect(right.status).toBe(0)
    expect(right.stderr).not.toContain('pay-secret')
    expect(right.stderr).toContain('debug: etcd: read /microservices/')
  })

  it('shows what a user may see, and says what he may not', async () => {
    const value = { id: 'p1', name: 'pay', version: '', metadata: null, endpoints: ['grpc://10.0.0.1:1'] }
    await closed.etcdctl('put', '/microservices/pay/p1', JSON.stringify(value))
    const registry = `etcd://${closed.endpoint}`
    const env = { ROLLCALL_PASSWORD: 'pay-secret', ROLLCALL_USER: 'pay' }
    const seen = await run(`ls -r ${registry} -o name`, { env })
    expect(seen).toMatchObject({ status: 0, stdout: 'pay\n' })
    expect(seen.stderr).toContain('no permission to read /microservices/ except /microservices/pay/')
    const named = await run(`get pay/p1 -r ${registry} -o name`, { env })
    expect(named).toMatchObject({ status: 0, stdout: 'pay/p1\n' })
    for (const { stderr } of [seen, named])
      expect(stderr.match(/no permission to read \/aio\/registry\//g)).toHaveLength(1)
    for (const line of ['register pay --id p2 -e grpc://10.0.0.1:2', 'deregister pay/p1']) {
      const denied = await run(`${line} -r ${registry}`, { env })
      expect(denied).toMatchObject({ status: 4, stdout: '', stderr: expect.stringContaining('rollcall config') })
    }
    const nobody = await run(`ls -r ${registry} --user nobody`, { env: { ROLLCALL_PASSWORD: 'nobody-secret' } })
    expect(nobody.status).toBe(4)
  })
})
