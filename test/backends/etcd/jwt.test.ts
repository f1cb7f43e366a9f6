import { createSign, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { EtcdMember } from '../../servers/etcd/member.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { freePorts } from '../../servers/ports.ts'
import { describeWith, serverOf } from '../../servers/with-server.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** As whoever issues tokens for this etcd signs them; etcd takes those of its rules' own revision alone. */
function token(username: string, revision: number): string {
  const claims = { username, revision, exp: Math.floor(Date.now() / 1000) + 3600 }
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
}

/** Nobody is told it without a token; each change of users and roles has counted it up. */
async function revisionOf(etcd: EtcdServer): Promise<number> {
  for (let revision = 1; revision < 50; revision++) {
    const headers = { authorization: token('root', revision) }
    const body = JSON.stringify({ key: Buffer.from('a').toString('base64') })
    const answer = await fetch(`http://${etcd.endpoint}/v3/kv/range`, { method: 'POST', headers, body })
    if (answer.ok) return revision
  }
  throw new Error('etcd takes no token')
}

await describeWith('etcd', 'etcd that only verifies tokens', () => {
  let folder: string
  let etcd: EtcdServer
  let url: string
  let revision: number
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-jwt-'))
    await writeFile(join(folder, 'key.pub'), publicKey)
    etcd = await startEtcd({
      flags: [`--auth-token=jwt,pub-key=${join(folder, 'key.pub')},sign-method=RS256`],
      auth: {
        roles: { pay: [{ may: 'readwrite', key: '/microservices/pay/', prefix: true }] },
        users: { pay: { password: 'pay-secret', roles: ['pay'] } },
      },
    })
    url = `etcd://${etcd.endpoint}`
    revision = await revisionOf(etcd)
    await writeFile(join(folder, 'pay.token'), `${token('pay', revision)}\n`)
    await writeFile(join(folder, 'bad.token'), `${token('pay', revision).slice(0, -8)}\n`)
  })
  afterAll(async () => {
    await etcd[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('takes the token, with the rights of the user that it names', async () => {
    const options = { env: { ROLLCALL_REGISTRY: url }, cwd: folder }
    const line = 'register pay --id p-1 -e grpc://10.0.0.1:9000 --ttl 1h --token-file pay.token'
    expect(await run(line, options)).toMatchObject({ status: 0, stderr: expect.stringContaining('will be gone') })
    const { status, stdout } = await run('ls pay -o name', {
      env: { ...options.env, ROLLCALL_TOKEN: token('pay', revision) },
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'pay/p-1\n' })
    expect(await run('ls --all -o name --token-file pay.token', options)).toMatchObject({
      status: 0,
      stdout: 'pay/p-1\n',
    })
    expect((await run('register other -e grpc://10.0.0.1:1 --token-file pay.token', options)).status).toBe(4)
  })

  it.each([
    [
      'a password',
      'ls pay --user pay',
      { ROLLCALL_PASSWORD: 'pay-secret' },
      4,
      'put a token in ROLLCALL_TOKEN or a --token-file, and no user',
    ],
    ['nothing', 'ls pay', {}, 4, '--token-file'],
    [
      'a token that is not signed by its key',
      'ls pay --token-file bad.token',
      {},
      4,
      'the token of the user "pay" is not accepted',
    ],
    [
      'a token and a user',
      'ls pay --user pay --token-file pay.token',
      { ROLLCALL_PASSWORD: 'x' },
      2,
      'both a token and the user',
    ],
  ])('given %s', async (_, line, env, status, message) => {
    const ran = await run(line, { env: { ROLLCALL_REGISTRY: url, ...env }, cwd: folder })
    expect(ran).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(message) })
    expect(ran.stderr).not.toContain(token('pay', revision).slice(-40))
  })
})

await describeWith('etcd', 'a learner of an etcd', () => {
  it('is named as that, alone, and is passed over beside a member that votes', async () => {
    await using etcd = await startEtcd()
    const [client = 0, peer = 0, health = 0] = await freePorts(3)
    const peerUrl = `http://127.0.0.1:${peer}`
    await etcd.etcdctl('member', 'add', 'learner', '--learner', `--peer-urls=${peerUrl}`)
    const members = await etcd.etcdctl('member', 'list')
    const [, first = ''] = /started, (\S+, http:\S+?),/.exec(members) ?? []
    await using learner = await EtcdMember.create(serverOf('etcd').programs?.['etcd'] ?? '', { client, health }, [
      '--name=learner',
      '--initial-cluster-state=existing',
      `--initial-cluster=learner=${peerUrl},${first.replace(', ', '=')}`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
    ])
    await learner.start()
    const alone = await run(`ls -r etcd://${learner.endpoint}`)
    expect(alone).toMatchObject({ status: 3, stderr: expect.stringMatching(/is a learner.*\n.*voting member/) })
    expect((await run(`ls -r etcd://${learner.endpoint},${etcd.endpoint}`)).status).toBe(0)
  })
})
