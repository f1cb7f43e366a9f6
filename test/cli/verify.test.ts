import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { type RunOptions, run, start } from './run.ts'
import { kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-verify-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs verify with a manifest on standard input. */
const check = (manifest: string, options: RunOptions, ...words: string[]) =>
  run(['verify', '-f', '-', ...words], { ...options, stdin: manifest })

const grpc = (host: string) => [`grpc://${host}:9000`]

/** What holds of every registry of records as Kratos writes them. */
function suite(fresh: Fresh): void {
  let registry: string
  const options = (): RunOptions => ({ env: { ROLLCALL_REGISTRY: registry } })
  beforeAll(async () => {
    registry = await fresh()
    await seed(options(), [
      kratos('pay', 'a', { ttl: 3600, version: 'v1', endpoints: grpc('10.0.0.1') }),
      kratos('pay', 'b', { ttl: 3600, version: 'v2', endpoints: grpc('10.0.0.2') }),
      kratos('mail', 'm', { ttl: 3600, version: 'v1' }),
      { key: '/microservices//nameless', value: { id: 'x', name: '', endpoints: [] }, ttl: 3600 },
    ])
  })

  it.each<[string, number, string[]]>([
    ['services: {pay: {min: 2, max: 2}}', 0, []],
    ['services: {pay: {min: 3}}', 1, ['pay min']],
    ['services: {pay: {max: 1}}', 1, ['pay max']],
    ['services: {gone: }', 1, ['gone min']],
    ['services: {gone: {max: 0}}', 0, []],
    ['services: {pay: {status: up, versions: [v1, v2], schemes: grpc}}', 0, []],
    ['services: {pay: {versions: v*}}', 0, []],
    ['services: {pay: {status: down, versions: v9}}', 1, ['pay min', 'pay status']],
    ['services: {pay: {versions: v1}}', 1, ['pay versions']],
    ['services: {pay: {schemes: [grpc, http]}}', 1, ['pay schemes']],
    ['services: {pay: {metadata: {zone: a}}}', 1, ['pay metadata.zone']],
    ['services: {pay: {spread: {by: host, min: 2}}}', 0, []],
    ['services: {pay: {spread: {by: host, min: 3}}}', 1, ['pay spread.host']],
    ['services: {"*": {min: 2}}', 1, ['mail min']],
    ['services: {"*": {min: 2}, mail: {min: 1}}', 0, []],
    ['services: {"x*": {min: 1}}', 1, ['x* min']],
    ['malformed: 0', 1, ['malformed']],
    ['malformed: 1', 0, []],
    ['{"services": {"pay": null}, "unexpected": "fail"}', 1, ['mail unexpected']],
    ['{services: {pay: }, unexpected: warn}', 0, []],
    ['{services: {pay: }, unexpected: ignore}', 0, []],
  ])('%s: status %i', async (manifest, status, failing) => {
    const ran = await check(manifest, options(), '-o', 'json')
    expect(ran, ran.stderr).toMatchObject({ status })
    const printed = JSON.parse(ran.stdout)
    validated(printed)
    expect(ran.stderr.match(/\d+ claims?:/g), 'the summary, once').toHaveLength(1)
    const failed = printed.items.filter(({ result }: { result: string }) => result === 'fails')
    expect(
      failed.map(({ service, claim }: { service?: string; claim: string }) =>
        [service, claim].filter(Boolean).join(' '),
      ),
    ).toEqual(failing)
  })

  it('writes a manifest that holds, and no longer holds when an instance is lost', async () => {
    const { stdout, status } = await run('verify --init', options())
    expect(status).toBe(0)
    expect(await check(stdout, options())).toMatchObject({ status: 0 })
    expect(await check(stdout.replaceAll('min: 2', 'min: 3').replaceAll('max: 2', 'max: 3'), options())).toMatchObject({
      status: 1,
    })
    expect((await run('verify --init mail', options())).stdout).not.toContain('malformed')
  })

  it('names the line of the manifest for GitHub, and has a test for each claim', async () => {
    const path = join(folder, 'm.yaml')
    await writeFile(path, 'services:\n  pay:\n    min: 2\n    versions: v1\n')
    const env = { ...options().env, GITHUB_WORKSPACE: tmpdir() }
    const github = await run(['verify', '-f', path, '-o', 'github'], { ...options(), env })
    const file = path.slice(tmpdir().length + 1)
    expect(github.stdout).toBe(
      `::error file=${file},line=4,title=pay versions::pay versions: v1 ×1, v2 ×1; wanted: each v1 (b)\n`,
    )
    const junit = await run(['verify', '-f', path, '-o', 'junit'], options())
    expect(junit.stdout).toContain('tests="2" failures="1"')
    expect(junit.stdout).toContain('<testcase name="min" classname="verify.pay"/>')
  })

  it('waits until every claim holds, and ends with 1 when the time is up', async () => {
    const manifest = 'services: {late: {min: 1}}'
    expect(await check(manifest, options(), '--wait', '10ms')).toMatchObject({ status: 1 })
    const waiting = start(['verify', '-f', '-', '--wait', '5m'], { ...options(), stdin: manifest })
    await expect.poll(() => waiting.stderr.text()).toContain('1 claim: 0 hold, 1 fail')
    await run('register late --id l -e grpc://10.0.0.9:9000 --ttl 1h', options())
    expect(await waiting.ended).toMatchObject({ status: 0 })
    await run('deregister late/l', options())
  })
}

await onEmbeddedAndEtcd('verify', suite)

describe('verify', () => {
  it.each([
    ['services:\n  pay: {mni: 3}', ':2:9: there is no field "mni"', 'did you mean "min"?'],
    ['services:\n  pay: {min: -1}', ':2:14: min must be a whole number', ''],
    ['services:\n  pay: {min: 3, max: 2}', ':2:9: min 3 and max 2 of pay cannot both hold', ''],
    ['services:\n  pay: {versions: 1.4}', ':2:19: versions must be text', 'write it in quotes'],
    ['services:\n  pay: {status: upp}', ':2:17: "upp" is not a valid status', 'did you mean "up"'],
    ['services:\n  pay: {spread: {by: zone}}', ':2:9: spread needs by and min', ''],
    ['services: &a\n  pay: *a', ':2:8: a manifest has no aliases', ''],
    ['services: [pay]', ':1:11: services must be a map', ''],
    ['registry: etcd://evil:2379', ':1:1: there is no field "registry"', ''],
    ['unexpected: maybe', ':1:13: unexpected cannot be "maybe"', 'one of fail, warn, ignore'],
    ['services: {pay', ':1:15: this is not valid YAML', ''],
    ['services: {pay: {}, pay: {}}', ':1:21: this key is there twice', 'keep one of them'],
    ['', 'the manifest claims nothing', 'rollcall verify --init'],
    ['"a\\n::error::b": 1', ':1:1: there is no field', ''],
    [`services: ${' '.repeat(256 * 1024)}`, 'more than 256 KiB', 'pattern'],
  ])('refuses %s with line and column', async (manifest, message, hint) => {
    const ran = await check(manifest, { env: { ROLLCALL_REGISTRY: 'memory:' } })
    expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) })
    expect(ran.stderr).toContain(hint)
    expect(ran.stderr).not.toMatch(/^\s*::/m)
  })
})
