import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Globals } from '../../../src/cli/globals.ts'
import { openSession } from '../../../src/cli/session.ts'
import { openSides } from '../../../src/cli/sides/named-sides.ts'
import type { Target } from '../../../src/backends/contract/driver.ts'
import { collected } from '../output/collected.ts'
import { run } from '../run.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-sides-'))
  await writeFile(join(folder, 'e.ndjson'), '')
  await writeFile(join(folder, 'secret'), 'of the context')
  for (const [name, url, ...more] of [
    ['prod', 'consul://10.0.0.1:8500', '--token-file', join(folder, 'secret')],
    ['staging', 'consul://10.0.0.2:8500'],
  ]) {
    const ran = await run(['context', 'add', `${name}`, '-r', `${url}`, ...more], { env: { XDG_CONFIG_HOME: folder } })
    expect(ran).toMatchObject({ status: 0 })
  }
})
afterAll(() => rm(folder, { recursive: true }))

interface Opened {
  readonly kinds: readonly string[]
  /** Of those that are registries. */
  readonly targets: readonly Target[]
  readonly stderr: string
}

/** What two words name, in this environment and with these flags. */
async function open(
  words: readonly [string, string],
  env: object = {},
  globals: Partial<Globals> = {},
): Promise<Opened> {
  const stderr = collected(undefined)
  const io = {
    stdin: { isTerminal: false, text: () => Promise.resolve('') },
    stdout: collected(undefined),
    stderr,
    env: { XDG_CONFIG_HOME: folder, ...env },
    cwd: folder,
    canAsk: () => false,
    openTerminal: () => Promise.resolve(undefined),
    ask: () => Promise.reject(new Error('nobody answers')),
  }
  const signals = { take: () => {} }
  const limits = { interrupt: new AbortController().signal, signals, now: Date.now, timeout: undefined }
  await using session = openSession(io, globals as Globals, limits)
  const sides = await openSides(session.context, words)
  try {
    const targets: Target[] = []
    for (const side of sides) if (side.is === 'registry') targets.push((await side.context.resolved()).target)
    return { kinds: sides.map(({ is }) => is), targets, stderr: stderr.text() }
  } finally {
    for (const side of sides) await side[Symbol.asyncDispose]()
  }
}

it.each([
  ['prod', 'registry'],
  ['etcd://127.0.0.1:2379', 'registry'],
  ['127.0.0.1:2379', 'registry'],
  ['file:./registry.db', 'registry'],
  ['e.ndjson', 'file'],
  ['./e.ndjson', 'file'],
  ['-', 'file'],
])('%s is a %s', async (word, kind) => {
  expect((await open([word, 'e.ndjson'])).kinds).toEqual([kind, 'file'])
})

it.each([
  [['', 'prod'], 'a side is empty', 'variable unset'],
  [['prodd', 'prod'], 'there is no context and no file called "prodd"', 'did you mean "prod"'],
  [['-', '-'], 'standard input can be one side only', 'name a file'],
  [['ectd://h:1', 'prod'], 'no kind of registry has the scheme "ectd:"', 'etcd'],
] as const)('refuses %j', async (words, message, hint) => {
  const refusal = { code: 'usage', message: expect.stringContaining(message), hint: expect.stringContaining(hint) }
  await expect((async () => await open(words))()).rejects.toMatchObject(refusal)
})

it.each([
  [{ registry: 'memory:' }, ['prod', 'staging'], '--registry cannot be combined with the two sides'],
  [{ user: 'x' }, ['prod', 'staging'], '--user does not say for which of two registries it is'],
  [{ prefix: '/x' }, ['e.ndjson', '-'], '--prefix is for a registry, and neither side is one'],
  [{ passwordFile: '-' }, ['-', 'prod'], 'standard input cannot be both a side and a secret'],
] as const)('refuses the flags %j', async (globals, words, message) => {
  await expect(open(words, {}, globals)).rejects.toMatchObject({ code: 'usage', message })
})

it('gives flags and variables to a registry that is alone', async () => {
  const env = { ROLLCALL_TOKEN: 'of a variable' }
  const { targets, stderr } = await open(['e.ndjson', 'staging'], env, { namespace: 'x', requestTimeout: '9s' })
  expect(targets).toMatchObject([{ token: 'of a variable', namespace: 'x', requestTimeout: 9000 }])
  expect(stderr).toBe('')
})

it('gives each of two registries what its context says, and nothing else', async () => {
  const env = { ROLLCALL_TOKEN: 'secret', CONSUL_HTTP_TOKEN: 'secret', ROLLCALL_PREFIX: '/x', ETCDCTL_USER: 'root' }
  const { targets, stderr } = await open(['prod', 'staging'], env, { requestTimeout: '9s' })
  expect(targets.map(({ token }) => token)).toEqual(['of the context', undefined])
  expect(targets.map(({ requestTimeout }) => requestTimeout)).toEqual([9000, 9000])
  for (const name of ['ROLLCALL_TOKEN', 'CONSUL_HTTP_TOKEN', 'ROLLCALL_PREFIX'])
    expect(stderr).toContain(`${name} is not used: it does not say for which of two registries it is`)
  expect(stderr).not.toContain('ETCDCTL')
})

it('does not send the login of one to the other, where both are named by their URLs', async () => {
  const env = { ETCDCTL_USER: 'root', ETCDCTL_PASSWORD: 'secret', ROLLCALL_USER: 'me', ROLLCALL_PASSWORD: 'secret' }
  const { targets } = await open(['etcd://10.0.0.1:2379', 'etcds://10.0.0.2:2379'], env)
  for (const { user, password } of targets) expect([user, password]).toEqual([undefined, undefined])
})
