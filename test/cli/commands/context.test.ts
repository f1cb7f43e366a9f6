import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { collected } from '../output/collected.ts'

let cwd: string
let env: Record<string, string>
beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-context-')))
  env = { XDG_CONFIG_HOME: join(cwd, 'xdg') }
})
afterEach(() => rm(cwd, { recursive: true, force: true }))

const ask = () => Promise.reject(new Error('nothing is asked here'))

async function rollcall(line: string): Promise<{ status: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [collected(), collected()]
  const stdin = { isTerminal: false, text: () => Promise.resolve('') }
  const status = await main(line.split(' '), {
    stdin,
    stdout,
    stderr,
    env,
    cwd,
    canAsk: () => false,
    ask,
    openTerminal: ask,
  })
  return { status, stdout: stdout.text(), stderr: stderr.text() }
}

describe('rollcall context', () => {
  it('adds, uses, lists, shows and removes', async () => {
    expect((await rollcall('context ls')).stderr).toContain('no contexts in')
    expect(await rollcall('context add dev --registry file:./dev.db --request-timeout 1m')).toMatchObject({
      status: 0,
      stdout: '',
    })
    await rollcall('context add prod --registry etcds://a:1 --cacert ca.pem --read-only --confirm-name')
    expect(await rollcall('context use dev')).toMatchObject({ status: 0, stderr: 'context dev is the current one\n' })
    expect((await rollcall('context ls')).stdout).toBe(
      [
        'CURRENT  NAME  REGISTRY' + ' '.repeat(`file:${cwd}/dev.db`.length - 6) + 'GUARD',
        `*        dev   file:${cwd}/dev.db  -`,
        `         prod  etcds://a:1${' '.repeat(`file:${cwd}/dev.db`.length - 9)}read-only,confirm`,
        '',
      ].join('\n'),
    )
    expect(JSON.parse((await rollcall('context show prod -o json')).stdout)).toEqual({
      apiVersion: 'rollcall/v1',
      kind: 'Context',
      name: 'prod',
      registry: 'etcds://a:1',
      current: false,
      readOnly: true,
      confirm: 'name',
      settings: { cacert: join(cwd, 'ca.pem') },
    })
    expect((await rollcall('context show')).stdout).toContain('requestTimeout  1m\n')
    expect(await rollcall('context rm dev')).toMatchObject({ status: 0 })
    expect((await rollcall('context ls -o name')).stdout).toBe('prod\n')
    expect(await rollcall('context show')).toMatchObject({ status: 2 })
  })

  it('lists one that cannot be read, and can remove it', async () => {
    await rollcall('context add old --registry memory:')
    const path = join(cwd, 'xdg/rollcall/config.yaml')
    await writeFile(path, `${await readFile(path, 'utf8')}    shape: new\n`)
    const listed = await rollcall('context ls -o name')
    expect(listed).toMatchObject({ status: 0, stdout: 'old\n' })
    expect(listed.stderr).toContain('config.yaml:4: there is no field "shape"')
    expect((await rollcall('ls -c old')).status).toBe(2)
    expect((await rollcall('context rm old')).status).toBe(0)
  })

  it.each([
    ['context', 'context needs a subcommand'],
    ['context ad x', 'context has no subcommand "ad"'],
    ['context add', 'context add needs a name'],
    ['context add x', 'a context needs a registry'],
    ['context add x y --registry memory:', 'context add takes one name'],
    ['context ls x', 'context ls takes no name'],
    ['context add x --registry etcd://root:hush@a', 'carries a password'],
    ['context add x --registry etcd://a:1 --user root:hush', 'carries a password'],
    ['context add x --registry etcd://a:1 --layout kratoss', 'did you mean "kratos"'],
    ['context add x --registry etcd://a:1 --request-timeout 5', '"5" is not a valid duration'],
    ['context use x', 'there is no context "x"'],
    ['context rm x', 'there is no context "x"'],
  ])('%s: status 2', async (line, expected) => {
    const { status, stdout, stderr } = await rollcall(line)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(expected)
    expect(stderr).not.toContain('hush')
  })
})

describe('rollcall config', () => {
  it('shows each setting and where it came from', async () => {
    Object.assign(env, { ROLLCALL_CONTEXT: 'prod', ROLLCALL_PASSWORD: 'hush' })
    await rollcall('context add prod --registry etcd://a:1/kratos --user root --read-only')
    expect((await rollcall('config --aio-ttl 1m')).stdout.replaceAll(/ {2,}/g, ' | ')).toBe(`NAME | VALUE | FROM
context | prod | ROLLCALL_CONTEXT
registry | etcd://a:1 | context prod
endpoints | a:1 | context prod
prefix | /kratos | context prod
layout | auto | default
user | root | context prod
password | *** | ROLLCALL_PASSWORD
request-timeout | 5s | default
aio-ttl | 60s | --aio-ttl
read-only | true | context prod
`)
    expect(JSON.parse((await rollcall('config -o json')).stdout)).toMatchObject({
      apiVersion: 'rollcall/v1',
      kind: 'Config',
      registry: 'etcd://a:1',
      context: 'prod',
      readOnly: true,
      values: expect.arrayContaining([{ name: 'password', value: '***', from: 'ROLLCALL_PASSWORD' }]),
    })
  })

  it('says how to name a registry where none is named', async () => {
    const { status, stderr } = await rollcall('config')
    expect(status).toBe(2)
    expect(stderr).toContain('no registry is named')
    expect(stderr).toContain('rollcall context add')
  })
})
