import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { drivers } from '../../src/backends/index.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { Listener } from './listener.ts'
import { type Ran, run, start } from './run.ts'

/** A cloned repository whose rollcall.yaml names a server of its author's, and what that server is told. */

const SECRET = 'hush-5f1d'

let listener: Listener
let folder: string
let project: string
let home: Record<string, string>
beforeEach(async () => {
  listener = await Listener.open()
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-trust-')))
  project = join(folder, 'clone')
  home = { HOME: join(folder, 'home') }
  await mkdir(join(project, 'deep'), { recursive: true })
  for (const name of ['secret', 'key.pem', 'cert.pem']) await writeFile(join(folder, name), `${SECRET}\n`)
})
afterEach(async () => {
  await listener[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const says = (text: string) => writeFile(join(project, 'rollcall.yaml'), text)
const here = (line: string | readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  run(line, { cwd: join(project, 'deep'), env: { ...home, ...env } })

const generic = {
  ROLLCALL_PASSWORD: { ROLLCALL_PASSWORD: SECRET },
  ROLLCALL_TOKEN: { ROLLCALL_TOKEN: SECRET },
  ROLLCALL_USER: { ROLLCALL_USER: SECRET },
  ROLLCALL_PASSWORD_FILE: { ROLLCALL_PASSWORD_FILE: 'FOLDER/secret' },
  ROLLCALL_TOKEN_FILE: { ROLLCALL_TOKEN_FILE: 'FOLDER/secret' },
  'ROLLCALL_CERT, ROLLCALL_KEY': { ROLLCALL_CERT: 'FOLDER/cert.pem', ROLLCALL_KEY: 'FOLDER/key.pem' },
}

/** The variables of each kind that would go to its server, by what is to be named. */
const OF_THE_ENVIRONMENT: Readonly<Record<string, Readonly<Record<string, Record<string, string>>>>> = {
  'etcd://': {
    ...generic,
    ETCDCTL_USER: { ETCDCTL_USER: `root:${SECRET}` },
    'ETCDCTL_USER, ETCDCTL_PASSWORD': { ETCDCTL_USER: 'root', ETCDCTL_PASSWORD: SECRET },
  },
  'etcds://': {
    ...generic,
    'ETCDCTL_CERT, ETCDCTL_KEY': { ETCDCTL_CERT: 'FOLDER/cert.pem', ETCDCTL_KEY: 'FOLDER/key.pem' },
  },
  'consul://': {
    ...generic,
    CONSUL_HTTP_TOKEN: { CONSUL_HTTP_TOKEN: SECRET },
    CONSUL_HTTP_TOKEN_FILE: { CONSUL_HTTP_TOKEN_FILE: 'FOLDER/secret' },
  },
  'consuls://': {
    'CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY': {
      CONSUL_CLIENT_CERT: 'FOLDER/cert.pem',
      CONSUL_CLIENT_KEY: 'FOLDER/key.pem',
    },
  },
  'nacos://': {
    ...generic,
    'NACOS_USERNAME, NACOS_PASSWORD': { NACOS_USERNAME: 'nacos', NACOS_PASSWORD: SECRET },
  },
  'polaris://': { ...generic, POLARIS_TOKEN: { POLARIS_TOKEN: SECRET } },
  'zookeeper://': generic,
  'http://': generic,
}
const CASES = Object.entries(OF_THE_ENVIRONMENT).flatMap(([scheme, sets]) =>
  Object.entries(sets).map(([named, env]) => ({ scheme, named, env })),
)

const filled = (env: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('FOLDER', folder)]))

describe('what the environment holds', () => {
  it.each(CASES)('does not go to $scheme of a project file: $named', async ({ scheme, named, env }) => {
    await says(`registry: ${scheme}${listener.host}\n`)

    const ran = await here('ls', filled(env))

    expect(ran.status, ran.stderr).toBe(4)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain(`held back from that registry: ${named}`)
    expect(ran.stderr).toContain(`read ${project}/rollcall.yaml, then allow it with rollcall trust`)
    expect(ran.stderr).toContain('ROLLCALL_TRUST_PROJECT=')
    expect(ran.stderr).not.toContain(SECRET)
    expect(listener.connections).toBe(0)

    const completion = await here(['completion', 'request', '--', 'ls', ''], filled(env))
    expect(completion).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(listener.connections).toBe(0)
  })

  it('is all there is that says who one is', () => {
    const known = new Set(CASES.flatMap(({ env }) => Object.keys(env)))
    const looksLikeOne = /TOKEN|PASSWORD|USER|(?<!CA)CERT|KEY/
    for (const { environment } of drivers) {
      for (const { name, login = false } of environment) {
        expect({ name, login }).toEqual({ name, login: looksLikeOne.test(name) })
        if (login) expect(known).toContain(name)
      }
    }
  })

  it.each<{ scheme: string; env: Record<string, string> }>([
    { scheme: 'etcd://', env: { ETCDCTL_USER: `root:${SECRET}` } },
    { scheme: 'consul://', env: { CONSUL_HTTP_TOKEN: SECRET } },
    { scheme: 'consul://', env: { CONSUL_HTTP_TOKEN_FILE: 'FOLDER/secret' } },
    { scheme: 'nacos://', env: { NACOS_USERNAME: 'nacos', NACOS_PASSWORD: SECRET } },
    { scheme: 'polaris://', env: { POLARIS_TOKEN: SECRET } },
    { scheme: 'http://', env: { ROLLCALL_TOKEN_FILE: 'FOLDER/secret' } },
  ])('goes to $scheme once the file is trusted: %o', async ({ scheme, env }) => {
    await says(`registry: ${scheme}${listener.host}\n`)
    const trusted = await here('trust')
    expect(trusted).toMatchObject({ status: 0, stdout: '' })
    expect(trusted.stderr).toContain(`${project}/rollcall.yaml is trusted`)
    expect(trusted.stderr).toContain(`registry ${scheme}${listener.host}`)

    const stop = new AbortController()
    const running = start('ls', { cwd: project, env: { ...home, ...filled(env) }, signal: stop.signal })
    await expect.poll(() => listener.heard).toContain(SECRET)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect((await running.ended).status).toBe(130)
  })

  it('does not matter to a registry that would not get it', async () => {
    const others = {
      CONSUL_HTTP_TOKEN: SECRET,
      NACOS_PASSWORD: SECRET,
      ETCDCTL_PASSWORD: SECRET,
      ETCDCTL_KEY: '/nowhere',
    }
    await says('registry: file:./registry.db\n')
    expect((await here('register a -e grpc://10.0.0.1:1', others)).status).toBe(0)
    expect((await here('ls -o name', others)).stdout).toBe('a\n')
    await says(`registry: etcd://${listener.host}\nrequestTimeout: 100ms\n`)
    expect((await here('ls', others)).status).toBe(3)
    expect(listener.connections).toBeGreaterThan(0)
    expect(listener.heard).not.toContain(SECRET)
  })

  it('goes where it names the host itself, unless the file says who that is', async () => {
    await says('registry: "consul:"\n')
    const env = { CONSUL_HTTP_ADDR: listener.host, CONSUL_HTTP_TOKEN: SECRET }
    const stop = new AbortController()
    const running = start('ls', { cwd: project, env: { ...home, ...env }, signal: stop.signal })
    await expect.poll(() => listener.heard).toContain(SECRET)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended

    const before = listener.connections
    await says('registry: "consuls:"\ncacert: ca.pem\n')
    expect(await here('ls', env)).toMatchObject({ status: 4, stderr: expect.stringContaining('CONSUL_HTTP_TOKEN') })
    await says('registry: "consul:"\ninsecureSkipTlsVerify: true\n')
    expect((await here('ls', env)).stderr).toContain('insecureSkipTlsVerify of ../rollcall.yaml')
    await says('registry: "nacos:"\n')
    const remote = { NACOS_HOST: 'nacos.example.org', NACOS_USERNAME: 'nacos', NACOS_PASSWORD: SECRET }
    expect((await here('ls', remote)).stderr).toContain('NACOS_USERNAME, NACOS_PASSWORD')
    expect(listener.connections).toBe(before)
  })
})

describe('what a project file says itself', () => {
  const OWN = [
    ['user: root', 'user'],
    ['passwordFile: /etc/hostname', 'passwordFile'],
    ['tokenFile: /dev/zero', 'tokenFile'],
    ['cert: ../cert.pem\nkey: ../key.pem', 'cert of ../rollcall.yaml, key'],
    ['insecureSkipTlsVerify: true', 'insecureSkipTlsVerify'],
  ] as const
  const schemes = [...Object.keys(OF_THE_ENVIRONMENT), 'k8s://']

  it.each(schemes.flatMap((scheme) => OWN.map(([text, named]) => ({ scheme, text, named }))))(
    'is not read for $scheme: $text',
    async ({ scheme, text, named }) => {
      await says(`registry: ${scheme}${listener.host}\n${text}\n`)
      expect(await here('ls')).toMatchObject({
        status: 4,
        stdout: '',
        stderr: expect.stringContaining(`${named} of ../rollcall.yaml`),
      })
      expect(await here(['completion', 'request', '--', 'get', ''])).toMatchObject({ status: 0, stdout: '' })
      expect(listener.connections).toBe(0)
    },
  )

  it('is not read for an embedded registry either', async () => {
    await says('registry: file:./registry.db\npasswordFile: ../secret\n')
    expect(await here('ls')).toMatchObject({ status: 4, stderr: expect.stringContaining('passwordFile of') })
  })

  it('may be a user in the URL, which is held back too', async () => {
    await says(`registry: etcd://root@${listener.host}\n`)
    expect(await here('ls', { ROLLCALL_PASSWORD: SECRET })).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('user of ../rollcall.yaml, ROLLCALL_PASSWORD'),
    })
    expect(listener.connections).toBe(0)
  })

  it.each(['kratosConfig: ./app.yaml', 'kratos-config: ./app.yaml', 'password: x', 'token: x', 'context: prod'])(
    'is not %s beside a registry',
    async (line) => {
      await says(`registry: etcd://${listener.host}\n${line}\n`)
      expect((await here('ls')).status).toBe(2)
      expect(listener.connections).toBe(0)
    },
  )

  it('fills in no variables', async () => {
    await says('registry: "file:./${ROLLCALL_PASSWORD}-$HOME.db"\nprefix: "/${NACOS_PASSWORD}"\n')
    const ran = await here('config', { NACOS_PASSWORD: SECRET })
    expect(ran.status).toBe(0)
    expect(ran.stdout).toContain('${ROLLCALL_PASSWORD}-$HOME.db')
    expect(ran.stdout).not.toContain(SECRET)
  })

  it.each([
    'config',
    'get a',
    'watch',
    'stats',
    'check-keys',
    'purge --dry-run',
    'serve --insecure-no-auth',
    'monitor',
  ])('stops `%s`, too', async (line) => {
    await says(`registry: http://${listener.host}/registry\n`)
    expect((await here(line, { ROLLCALL_TOKEN: SECRET })).status).toBe(4)
    expect(listener.connections).toBe(0)
  })
})

describe('what a flag says', () => {
  it('does not go to a host that only the file names', async () => {
    await says(`registry: http://${listener.host}/registry\n`)
    expect(await here(`ls --token-file ${folder}/secret`)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('held back from that registry: --token-file'),
    })
    expect(listener.connections).toBe(0)
  })

  it('may name the same registry, and then the file has no say', async () => {
    await says(`registry: http://${listener.host}/registry\n`)
    const stop = new AbortController()
    const line = `ls -r http://${listener.host}/registry --token-file ${folder}/secret`
    const running = start(line, { cwd: project, env: home, signal: stop.signal })
    await expect.poll(() => listener.heard).toContain(SECRET)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended
  })
})

describe('the kubeconfig', () => {
  it('runs no program and sends nothing for a project file, until it is trusted', async () => {
    const ran = join(folder, 'ran')
    const plugin = join(folder, 'plugin')
    await writeFile(plugin, `#!/bin/sh\ntouch ${ran}\nexit 1\n`)
    await chmod(plugin, 0o755)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' }
    const kubeconfig = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: `https://${listener.host}` } }],
      users: [{ name: 'u', user: { exec } }],
    }
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig))
    const env = { KUBECONFIG: join(folder, 'kubeconfig') }
    const exists = () =>
      realpath(ran).then(
        () => true,
        () => false,
      )
    for (const url of ['k8s://c', '"k8s:"', 'k8s://u@c']) {
      await says(`registry: ${url}\n`)
      expect(await here('ls', env)).toMatchObject({ status: 4, stderr: expect.stringContaining('your kubeconfig') })
      expect(await here(['completion', 'request', '--', 'ls', ''], env)).toMatchObject({ status: 0, stdout: '' })
    }
    expect(await exists()).toBe(false)
    expect(listener.connections).toBe(0)

    await says('registry: k8s://c\n')
    await here('trust')
    await here('ls', env)
    expect(await exists()).toBe(true)
  })
})
