import { createServer } from 'node:http'
import { type AddressInfo, type Socket, connect } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accessInCluster } from '../../../src/backends/kubernetes/access/open.ts'
import { Authority, type CertificateFiles } from '../../servers/certificates.ts'
import { grant } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { KubernetesGround, type UserEntry, kubeconfigOf, readings } from './ground.ts'

const PLUGIN = `#!/usr/bin/env node
const { appendFileSync } = require('node:fs')
const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
appendFileSync(process.env.LOG, JSON.stringify({ args: process.argv.slice(2), info }) + '\\n')
if (process.argv[2] === 'fail') { console.error('first line\\nno session: log in'); process.exit(3) }
if (process.argv[2] === 'garbage') { console.log('s3cret'); process.exit(0) }
const expirationTimestamp = new Date(Date.now() + Number(process.env.LASTS ?? 3600) * 1000).toISOString()
const status = { token: process.env.TOKEN, expirationTimestamp }
console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: 'ExecCredential', status }))
`

await describeWith('kubernetes', 'ways into a cluster', () => {
  let ground: KubernetesGround
  let authority: Authority
  let certificate: CertificateFiles
  let plugin: string
  let log: string
  beforeAll(async () => {
    authority = await Authority.create()
    certificate = await authority.issue('carol')
    ground = await KubernetesGround.create({ clientCa: authority.cacert })
    plugin = await ground.file('plugin.cjs', PLUGIN)
    log = join(ground.folder, 'plugin.log')
    for (const user of ['carol', 'reader']) {
      await grant(ground.server, user, { verbs: ['list'], resource: 'pods' })
      await grant(ground.server, user, { verbs: ['list'], resource: 'endpointslices', group: 'discovery.k8s.io' })
    }
  })
  afterAll(async () => {
    await ground[Symbol.asyncDispose]()
    await authority.remove()
  })

  const as = async (user: object, cluster = {}) => {
    const entry: UserEntry = { name: 'someone', user }
    return ground.open('k8s:', {}, { KUBECONFIG: await ground.kubeconfig([entry], cluster) })
  }
  const isLetIn = async (backend: Awaited<ReturnType<typeof as>>) => expect(await readings(backend)).toEqual([])

  const exec = (args: string[], env: Record<string, string>, more = {}) => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin.cjs',
      args,
      env: Object.entries({ LOG: log, ...env }).map(([name, value]) => ({ name, value })),
      interactiveMode: 'IfAvailable',
      ...more,
    },
  })
  const calls = async () =>
    (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
  const plug = (more: object) =>
    as({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: plugin,
        env: [{ name: 'LOG', value: log }],
        ...more,
      },
    })
  const at = (server: string) => as({ token: 't' }, { server })

  it('a token, a token in a file beside the kubeconfig, and one that is replaced', async () => {
    await isLetIn(await as({ token: 'reader-token' }))
    await ground.file('token', 'wrong\n')
    const backend = await as({ tokenFile: 'token', token: 'not this one' })
    await expect(readings(backend)).rejects.toMatchObject({ code: 'unauthenticated' })
    await ground.file('token', 'reader-token\n')
    await isLetIn(backend)
  })

  it('a client certificate, in files and in the kubeconfig itself', async () => {
    await isLetIn(await as({ 'client-certificate': certificate.cert, 'client-key': certificate.key }))
    const [cert, key] = await Promise.all([readFile(certificate.cert, 'base64'), readFile(certificate.key, 'base64')])
    await isLetIn(await as({ 'client-certificate-data': cert, 'client-key-data': key }))
    const foreign = await Authority.create()
    const wrong = await foreign.issue('carol')
    const backend = await as({ 'client-certificate': wrong.cert, 'client-key': wrong.key })
    await expect(readings(backend)).rejects.toMatchObject({ code: 'unauthenticated' })
    await foreign.remove()
  })

  it('flags, which win over the kubeconfig', async () => {
    const path = await ground.kubeconfig([{ name: 'a', user: { token: 'wrong' } }], {
      'certificate-authority': '/none',
    })
    await expect(ground.open('k8s://a', {}, { KUBECONFIG: path })).rejects.toMatchObject({ code: 'config' })
    const right = await ground.kubeconfig([{ name: 'a', user: { token: 'wrong' } }], {
      'certificate-authority': authority.cacert,
    })
    const settings = { token: 'reader-token', tls: { cacert: ground.server.cacert } }
    await isLetIn(await ground.open('k8s://a', settings, { KUBECONFIG: right }))
    await isLetIn(
      await ground.open(
        'k8s://a',
        { tls: { cacert: ground.server.cacert, cert: certificate.cert, key: certificate.key } },
        { KUBECONFIG: right },
      ),
    )
  })

  it('a plug-in, asked once until its word expires or is refused', async () => {
    const lasting = await as(exec(['get', 'token'], { TOKEN: 'reader-token' }, { provideClusterInfo: true }))
    await isLetIn(lasting)
    await isLetIn(lasting)
    expect(await calls()).toEqual([
      {
        args: ['get', 'token'],
        info: {
          apiVersion: 'client.authentication.k8s.io/v1',
          kind: 'ExecCredential',
          spec: {
            interactive: false,
            cluster: {
              server: ground.server.url,
              'certificate-authority-data': await readFile(ground.server.cacert, 'base64'),
            },
          },
        },
      },
    ])
    const short = await as(exec(['get'], { TOKEN: 'reader-token', LASTS: '5' }))
    await isLetIn(short)
    const before = (await calls()).length
    await isLetIn(short)
    expect((await calls()).length).toBeGreaterThan(before)
    const refused = await as(exec(['get'], { TOKEN: 'wrong' }))
    await expect(readings(refused)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('a plug-in that fails, whose secrets are not told', async () => {
    const failures: [object, RegExp][] = [
      [{ args: ['fail'] }, /no session: log in$/],
      [{ args: ['garbage'] }, /its answer is not JSON$/],
      [{ args: ['get'] }, /neither a token nor a certificate/],
      [{ command: 'no-such-plugin', installHint: 'install it so' }, /there is no such program$/],
      [{ apiVersion: 'client.authentication.k8s.io/v1alpha1' }, /apiVersion/],
      [{ interactiveMode: 'Always' }, /there is no terminal to ask on$/],
    ]
    for (const [more, message] of failures) {
      const failure: unknown = await readings(await plug(more)).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'unauthenticated', message: expect.stringMatching(message) })
      expect(String(failure)).not.toContain('s3cret')
    }
    await expect(
      readings(await plug({ command: 'no-such-plugin', installHint: 'install it so' })),
    ).rejects.toMatchObject({
      hint: 'install it so',
    })
  })

  it('impersonation', async () => {
    await isLetIn(await as({ token: 'admin-token', as: 'reader' }))
    await expect(readings(await as({ token: 'admin-token', as: 'nobody' }))).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('the user "nobody" has no permission to list pods'),
    })
    const master = {
      token: 'admin-token',
      as: 'nobody',
      'as-groups': ['a', 'system:masters'],
      'as-user-extra': { a: ['b'] },
    }
    await isLetIn(await as(master))
  })

  it('TLS: an authority that is not theirs, a name that is not theirs, no check at all, and none spoken', async () => {
    const { port } = ground.server
    const token = { token: 'reader-token' }
    await expect(readings(await as(token, { 'certificate-authority': authority.cacert }))).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(`127.0.0.1:${port} has a certificate that is not trusted`),
      hint: expect.stringContaining('`tls.cacert`'),
    })
    await expect(readings(await as(token, { 'tls-server-name': 'other.example' }))).rejects.toMatchObject({
      hint: expect.stringContaining('`tls.serverName`'),
    })
    await isLetIn(await as(token, { 'tls-server-name': 'kubernetes.default' }))
    const unchecked = { 'certificate-authority': undefined, 'insecure-skip-tls-verify': true }
    await isLetIn(await as(token, unchecked))
    await expect(readings(await as(token, { server: `http://127.0.0.1:${port}` }))).rejects.toMatchObject({
      code: 'wrong-server',
    })
  })

  it('a server that is none, and one that is not there', async () => {
    const other = createServer((_, answer) => answer.end('hello'))
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as AddressInfo
    await expect(readings(await at(`http://127.0.0.1:${port}`))).rejects.toMatchObject({ code: 'wrong-server' })
    await expect(readings(await at(`https://127.0.0.1:${port}`))).rejects.toMatchObject({ code: 'wrong-server' })
    await new Promise((done) => other.close(done))
    await expect(readings(await at(`https://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'unreachable',
      message: `kubernetes: 127.0.0.1:${port}: connection refused`,
    })
  })

  it('a proxy, of the cluster or of the environment', async () => {
    const places: (string | undefined)[] = []
    const tunnels = new Set<Socket>()
    const proxy = createServer().on('connect', (request, client: Socket) => {
      places.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`)
      const server = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        server.pipe(client).pipe(server)
      })
      for (const socket of [client, server]) tunnels.add(socket.on('error', () => {}))
    })
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
    const { port } = proxy.address() as AddressInfo
    await isLetIn(await as({ token: 'reader-token' }, { 'proxy-url': `http://me:p%40ss@127.0.0.1:${port}` }))
    expect(places).toContain(`127.0.0.1:${ground.server.port} Basic ${Buffer.from('me:p@ss').toString('base64')}`)
    places.length = 0
    const named = { server: `https://api.example:${ground.server.port}`, 'tls-server-name': 'kubernetes.default' }
    const path = await ground.kubeconfig([{ name: 'a', user: { token: 'reader-token' } }], named)
    const environment = { KUBECONFIG: path, HTTPS_PROXY: `http://127.0.0.1:${port}` }
    await isLetIn(await ground.open('k8s:', {}, environment))
    expect(places).toContain(`api.example:${ground.server.port} `)
    const excepted = await ground.open('k8s:', {}, { ...environment, NO_PROXY: '.example' })
    await expect(readings(excepted)).rejects.toMatchObject({ code: 'unreachable' })
    for (const socket of tunnels) socket.destroy()
    await new Promise((done) => proxy.close(done))
    const gone = await ground.open('k8s:', {}, environment)
    await expect(readings(gone)).rejects.toMatchObject({
      code: 'unreachable',
      message: `kubernetes: api.example:${ground.server.port}: the proxy 127.0.0.1:${port}: connection refused`,
    })
  })

  it('kubeconfigs in a list, of which the first to name something wins', async () => {
    const first = await ground.file(
      'first',
      JSON.stringify({
        contexts: [{ name: 'x', context: { cluster: 'test', user: 'b', namespace: 'kube-system' } }],
        users: [{ name: 'b', user: { token: 'reader-token' } }],
      }),
    )
    const second = await ground.file('second', kubeconfigOf(ground.server, [{ name: 'b', user: { token: 'wrong' } }]))
    const KUBECONFIG = [first, join(ground.folder, 'missing'), second].join(':')
    await isLetIn(await ground.open('k8s://x', {}, { KUBECONFIG }))
    await isLetIn(await ground.open('k8s:', {}, { KUBECONFIG }))
  })

  it('what is wrong with a kubeconfig is told', async () => {
    const open = (KUBECONFIG: string, url = 'k8s:') => ground.open(url, {}, { KUBECONFIG })
    const config = (content: object) => ground.file('bad', JSON.stringify(content))
    const good = await ground.kubeconfig([{ name: 'a', user: { token: 't' } }])
    const failures: [string, string, RegExp][] = [
      [join(ground.folder, 'missing'), 'k8s:', /there is no kubeconfig at .*missing$/],
      [await ground.file('yaml', 'a: [s3cret'), 'k8s:', /cannot be read/],
      [good, 'k8s://b', /no context "b"/],
    ]
    for (const [path, url, message] of failures) {
      const failure: unknown = await open(path, url).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'config', message: expect.stringMatching(message) })
      expect(String(failure)).not.toContain('s3cret')
    }
    const contexts = [{ name: 'a', context: { cluster: 'c', user: 'u' } }]
    const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } }
    const bad: [object, RegExp][] = [
      [{ contexts }, /no current context/],
      [{ 'current-context': 'a', contexts }, /names the cluster "c", which does not exist/],
      [{ 'current-context': 'a', contexts, clusters: [cluster] }, /names the user "u", which does not exist/],
      [{ 'current-context': 'a', contexts, clusters: [{ name: 'c', cluster: {} }] }, /has no server|names the user/],
      [
        {
          'current-context': 'a',
          contexts,
          clusters: [cluster],
          users: [{ name: 'u', user: { 'auth-provider': {} } }],
        },
        /logs in by auth-provider/,
      ],
    ]
    for (const [content, message] of bad)
      await expect(open(await config(content))).rejects.toMatchObject({
        code: 'config',
        message: expect.stringMatching(message),
      })
  })

  it('the service account of the Pod we run in', async () => {
    await ground.file('ca.crt', await readFile(ground.server.cacert, 'utf8'))
    await ground.file('namespace', 'team-a\n')
    await ground.file('token', 'reader-token\n')
    const access = await accessInCluster(`127.0.0.1:${ground.server.port}`, ground.folder)
    expect(access).toMatchObject({ namespace: 'team-a', verify: true })
    expect(await access.credentials.login()).toEqual({ token: 'reader-token' })
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(ground.server.port) }
    await expect(ground.open('k8s:', {}, environment)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('this Pod has no service account'),
    })
  })
})
