import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { RollcallError } from '../../src/model/errors.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Demo } from './demo.ts'

/** The statuses of every command, as the README and docs/ci.md have them. */

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
  await writeFile(join(demo.folder, 'manifest.yaml'), 'services: {payments: {min: 3}}')
  await writeFile(join(demo.folder, 'new.json'), JSON.stringify({ ...payments('new-1'), name: 'new' }))
  await writeFile(join(demo.folder, 'pay.json'), JSON.stringify({ ...payments('payments-1'), version: 'v9' }))
})
afterEach(() => demo[Symbol.asyncDispose]())

const MAILER = 'mailer/mailer-4f0c2a7be19d3356'
const BACKUP = 'purge --malformed --yes --backup b.ndjson'

const JOURNAL = 'watch --no-snapshot --journal j.db --limit 1'
const PLAN = 'purge --malformed --plan plan.json'

/** A line of each command that asks a registry. */
const ASKING: Readonly<Record<string, string>> = {
  ls: 'ls',
  get: 'get payments',
  register: 'register new -e grpc://10.0.0.1:9000',
  renew: 'renew payments/payments-1',
  deregister: 'deregister payments/payments-1',
  drain: 'drain 10.1.3.21 --yes --force',
  offline: `offline ${MAILER}`,
  online: `online ${MAILER}`,
  watch: 'watch',
  wait: 'wait payments --timeout 0s',
  verify: 'verify -f manifest.yaml',
  pick: 'pick payments',
  health: 'health payments',
  stats: 'stats',
  report: 'report',
  'check-keys': 'check-keys',
  export: 'export',
  import: 'import new.json',
  purge: 'purge',
  apply: 'apply -f plan.json --yes',
  undo: 'undo --yes',
  restore: 'restore b.ndjson --yes',
  monitor: 'monitor',
  serve: 'serve --insecure-no-auth --listen 127.0.0.1:0',
}
const WRITING = [
  'register',
  'renew',
  'deregister',
  'drain',
  'offline',
  'online',
  'import',
  'purge',
  'apply',
  'undo',
  'restore',
  'monitor',
  'serve',
]
/** A line of each command with two sides, for another registry on one of them. */
const OF_SIDES: Readonly<Record<string, (registry: string) => string>> = {
  diff: (registry) => `diff manifest.yaml ${registry}`,
  copy: (registry) => `copy ${registry} file:copied.db`,
}
/** These ask no registry; top does so at a terminal. */
const LOCAL = ['top', 'history', 'context', 'config', 'trust', 'token', 'schema', 'completion', 'version']
/** It reports what it could look at, whatever the registry is like: its own tests have the rest. */
const REPORTING = ['doctor']
/** It ends as the program does that it runs, whatever the registry says. */
const RUNNING = ['run']
/** Ctrl-C is how these are meant to end; a registry that is away, or wants another user, may do better later. */
const SERVING = new Set(['monitor', 'serve'])

/** What each command answers, alone or after another line. */
const TABLE: [line: string, status: number, before?: string][] = [
  ['ls', 0],
  ['ls payments', 0],
  ['ls nowhere', 1],
  ['ls payments --status down', 1],
  ['ls --columns nix', 2],
  ['ls --tag canary', 6],
  ['ls --hosts', 0],
  ['ls --hosts nowhere', 1],
  ['ls --query items[].name', 0],
  ['ls --query items[', 2],
  ['get payments/payments-1', 0],
  ['get payments/payments-1 payments/nobody', 1],
  ['get', 2],
  ['get --raw-key /nowhere', 1],
  ['register new -e grpc://10.0.0.1:9000', 0],
  ['register payments --id payments-1 -e grpc://10.0.0.1:9000', 7],
  ['register new -e grpc://0.0.0.0:9000', 2],
  ['register new -e grpc://10.0.0.1:9000 --ttl 1s', 2],
  ['register new -e grpc://10.0.0.1:9000 --keep-alive --timeout 300ms', 124],
  ['register a/b -e grpc://10.0.0.1:9000', 2],
  ['run new -e grpc://10.0.0.1:9000 -- true', 0],
  ['run new -e grpc://10.0.0.1:9000 -- false', 1],
  ['run new -e grpc://10.0.0.1:9000 --grace 0s --timeout 300ms -- sleep 60', 124],
  ['run new -e grpc://10.0.0.1:9000 -- /nowhere', 2],
  ['run new -e grpc://10.0.0.1:9000', 2],
  ['run new -- true', 2],
  ['run new -e grpc://10.0.0.1:9000 -o json -- true', 2],
  ['run new -e grpc://10.0.0.1:9000 --ready-tcp nowhere -- true', 2],
  ['renew payments/payments-1', 0],
  ['renew payments/nobody', 1],
  ['renew payments', 2],
  ['renew --lease 7fffffff', 1],
  ['renew payments/payments-1 --every 100ms --timeout 300ms', 124],
  ['deregister payments/payments-1', 0],
  ['deregister payments/nobody', 1],
  ['deregister payments/nobody --ignore-not-found', 0],
  ['deregister payments', 2],
  ['deregister payments --all --yes', 6],
  ['deregister payments --all --max-percent 100', 2],
  [`offline ${MAILER}`, 0],
  ['offline mailer/nobody', 1],
  ['offline mailer', 2],
  ['offline payments/payments-1', 6],
  [`online ${MAILER}`, 0],
  ['online mailer/nobody', 1],
  ['online', 2],
  ['online payments/payments-1', 6],
  ['drain 10.1.3.21 --dry-run', 0],
  ['drain 10.1.3.21 --yes', 0],
  ['drain 10.1.3.21', 2],
  ['drain 10.9.9.9 --yes', 1],
  ['drain 10.1.3.21 --back --yes', 1],
  ['drain 10.1.3.21 --back --yes', 0, 'drain 10.1.3.21 --yes'],
  ['drain 10.1.4.* --yes', 6],
  ['drain', 2],
  ['watch --limit 1', 0],
  ['watch --timeout 100ms', 124],
  ['watch --since nix', 2],
  ['watch --since 10m', 6],
  ['watch --since 10m --journal j.db --timeout 300ms', 124, JOURNAL],
  ['watch --since 10m --journal nowhere.db', 3],
  ['watch --since 10m --journal j.db --keep 1d', 2],
  ['watch payments --journal j.db', 2],
  ['watch --since 1 --journal j.db', 2],
  ['watch --keep 1d', 2],
  ['watch --journal j.db --journal-size 1kB', 2],
  ['watch --journal registry.db', 3],
  ['history', 6],
  ['history --journal j.db', 0, JOURNAL],
  ['history --journal j.db --since 2h', 0, JOURNAL],
  ['history --journal nowhere.db', 3],
  ['history --journal registry.db', 3],
  ['history --journal j.db --since tomorrow', 2],
  ['history --journal j.db --since 1h --at 1h', 2],
  ['history payments --journal j.db --at 0s', 0, JOURNAL],
  ['history nowhere --journal j.db --at 0s', 1, JOURNAL],
  ['history --journal j.db --at 1h', 6, JOURNAL],
  ['wait payments', 0],
  ['wait payments --min 9 --timeout 0s', 1],
  ['wait payments --min 9 --timeout 100ms', 124],
  ['wait payments orders --stable 10ms', 0],
  ['wait payments nowhere --timeout 0s', 1],
  ['wait users --fail-on malformed', 1],
  ['wait payments --stable 2m', 2],
  ['wait', 2],
  ['verify -f manifest.yaml', 0],
  ['verify -f plan.json', 2, PLAN],
  ['verify -f nowhere.yaml', 2],
  ['verify --init', 0],
  ['verify --init nowhere', 1],
  ['verify', 2],
  ['pick payments', 0],
  ['pick nowhere', 1],
  ['pick payments --status warning', 1],
  ['pick payments --tag canary', 6],
  ['pick', 2],
  ['health nowhere', 1],
  ['health --every 1s', 2],
  ['doctor', 0],
  ['doctor -o nix', 2],
  ['doctor payments', 2],
  ['doctor -r file:nowhere.db', 3],
  ['stats', 0],
  ['stats nowhere', 1],
  ['stats -o nix', 2],
  ['report', 0],
  ['report nowhere', 1],
  ['report -o json', 2],
  ['report --since tomorrow', 2],
  ['report --journal nowhere.db', 3],
  ['check-keys payments', 0],
  ['check-keys', 1],
  ['check-keys --fail-on never', 0],
  ['check-keys nowhere', 1],
  ['check-keys --rule nix', 2],
  ['check-keys --baseline - --write-baseline', 2],
  ['check-keys --baseline nowhere.yaml', 2],
  ['check-keys --baseline b.yaml --write-baseline', 0],
  ['check-keys --baseline b.yaml', 0, 'check-keys --baseline b.yaml --write-baseline'],
  ['check-keys --list-rules', 0],
  ['export', 0],
  ['export -f e.ndjson', 0],
  ['export -f e.ndjson', 2, 'export -f e.ndjson'],
  ['export -f nowhere/e.ndjson', 2],
  ['export --limit 1', 2],
  ['export -o table', 2],
  ['export nowhere', 1],
  ['diff e.ndjson memory:', 1, 'export -f e.ndjson'],
  ['diff e.ndjson e.ndjson', 0, 'export -f e.ndjson'],
  ['diff manifest.yaml e.ndjson', 0, 'export -f e.ndjson'],
  ['diff manifest.yaml e.ndjson --only services', 2, 'export -f e.ndjson'],
  ['diff e.ndjson memory: nowhere', 1, 'export -f e.ndjson'],
  ['diff e.ndjson file:nowhere.db', 3, 'export -f e.ndjson'],
  ['diff nowhere.ndjson memory:', 2],
  ['diff plan.json memory:', 2, PLAN],
  ['diff memory: memory: --user root', 2],
  ['diff memory: memory: -c prod', 2],
  ['diff memory:', 2],
  ['import new.json', 0],
  ['import new.json', 0, 'import new.json'],
  ['import new.json --dry-run', 0],
  ['import pay.json', 7],
  ['import pay.json --replace', 0],
  ['import pay.json --prune', 6],
  ['import pay.json --prune --max-percent 100', 2],
  ['import pay.json --prune --max-percent 100 --yes --replace', 0],
  ['import empty.json', 2],
  ['import nowhere.json', 2],
  ['import manifest.yaml', 2],
  ['import new.json --leave', 2],
  ['import new.json --keep-alive --timeout 300ms', 124],
  ['import', 2],
  ['copy new.json file:copy.db', 0],
  ['copy file:registry.db file:copy.db --dry-run', 0],
  ['copy file:registry.db copy.ndjson', 0],
  ['copy file:registry.db copy.ndjson', 2, 'copy file:registry.db copy.ndjson'],
  ['copy file:registry.db file:copy.db nowhere', 6],
  ['copy file:registry.db file:registry.db', 2],
  ['copy file:nowhere.db file:copy.db', 3],
  ['copy new.json nowhere', 2],
  ['copy new.json file:copy.db --follow', 2],
  ['copy new.json', 2],
  ['purge payments', 0],
  ['purge --dry-run', 0],
  ['purge --yes', 0],
  ['purge', 2],
  ['purge nowhere', 1],
  ['purge payments --status up --yes', 6],
  ['purge payments --status up --yes --force', 0],
  ['purge --malformed --yes --backup .', 2],
  ['purge --malformed --plan plan.json', 0],
  ['apply -f plan.json --yes', 0, PLAN],
  ['apply -f plan.json', 2, PLAN],
  ['apply -f plan.json --dry-run', 0, PLAN],
  ['apply -f b.ndjson --yes', 2, BACKUP],
  ['apply -f plan.json --yes --prefix /elsewhere', 2, PLAN],
  ['apply', 2],
  ['undo --yes', 0, BACKUP],
  ['undo --dry-run', 0, BACKUP],
  ['undo --list', 0, BACKUP],
  ['undo', 2, BACKUP],
  ['undo --yes', 1],
  ['undo nothing', 1],
  ['undo a b', 2],
  ['restore b.ndjson --yes', 0, BACKUP],
  ['restore b.ndjson', 2, BACKUP],
  ['restore b.ndjson --dry-run', 0, BACKUP],
  ['restore nowhere.ndjson', 2],
  ['restore', 2],
  ['top', 2],
  ['top -o json', 2],
  ['monitor now', 2],
  ['serve --listen nowhere', 2],
  ['serve --listen 127.0.0.1:0', 2],
  ['serve --insecure-no-auth --keep 1d', 2],
  ['serve --insecure-no-auth --journal registry.db', 3],
  ['context ls', 0],
  ['context add prod -r memory:', 0],
  ['context add prod -r memory: -o nix', 2],
  ['context show nowhere', 2],
  ['context', 2],
  ['config', 0],
  ['config -c nowhere', 2],
  ['trust', 2],
  ['trust --list', 0],
  ['trust --remove', 1],
  ['trust a b', 2],
  ['token add ci --role viewer', 0],
  ['token add ci --role viewer -o nix', 2],
  ['token rm nobody', 1],
  ['token', 2],
  ['schema', 0],
  ['schema nix', 2],
  ['completion bash', 0],
  ['completion nix', 2],
  ['version', 0],
  ['version nix', 2],
]

function payments(id: string): InstanceInit {
  return { id, name: 'payments', endpoints: ['grpc://10.0.0.1:9000'] }
}

/** Lets backup and plan be of another registry, so that there is something to do there. */
async function asIfRunIn(registry: string): Promise<void> {
  for (const name of ['b.ndjson', 'plan.json']) {
    const path = join(demo.folder, name)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(/("registry": ?)"[^"]*"/, `$1"${registry}"`))
  }
}

describe('statuses', () => {
  it.each<[string, number, string?]>(TABLE)('%s: %i', async (line, status, before) => {
    if (before !== undefined) await demo.run(before)
    const ran = await demo.run(line)
    expect(ran, ran.stderr).toMatchObject({ status })
  })

  it('the tables have every command', () => {
    const names = commands.map(({ name }) => name).toSorted()
    expect([...Object.keys(ASKING), ...Object.keys(OF_SIDES), ...LOCAL, ...RUNNING, ...REPORTING].toSorted()).toEqual(
      names,
    )
    const wordOf = ([line]: (typeof TABLE)[number]) => line.split(' ')[0] ?? ''
    expect([...new Set(TABLE.map(wordOf))].toSorted()).toEqual(names)
  })

  it('of several instances of a file: 5 where some are refused, 7 where all are, as conflicts', async () => {
    const ids = ['payments-1', 'payments-2']
    await writeFile(join(demo.folder, 'all.json'), JSON.stringify(ids.map(payments)))
    await writeFile(join(demo.folder, 'some.json'), JSON.stringify(['payments-9', ...ids].map(payments)))
    expect(await demo.run('register -f all.json')).toMatchObject({ status: 7 })
    expect(await demo.run('register -f some.json')).toMatchObject({ status: 5 })
  })

  it('5: of several some are done', async () => {
    await demo.run(BACKUP)
    await demo.run('register users --id tmp -e grpc://10.0.0.9:1 --ttl none')
    expect(await demo.run('restore b.ndjson --yes')).toMatchObject({ status: 5 })
  })
})

describe.each(Object.entries(ASKING))('%s', (name, line) => {
  beforeEach(async () => {
    await demo.run(PLAN)
    await demo.run(BACKUP)
  })

  it('2 where no registry is named', async () => {
    const ran = await demo.run(line, { env: { ROLLCALL_REGISTRY: '' } })
    expect(ran, ran.stderr).toMatchObject({ status: 2 })
  })

  it.skipIf(SERVING.has(name))('3 where the registry is not there', async () => {
    const patience = name === 'wait' ? '--timeout 1s' : ''
    await asIfRunIn('etcd://127.0.0.1:1')
    const ran = await demo.run(`${line} -r etcd://127.0.0.1:1 --request-timeout 300ms ${patience}`)
    expect(ran, ran.stderr).toMatchObject({ status: 3, stdout: '' })
  })

  it('130 on Ctrl-C', async () => {
    const signal = AbortSignal.abort(new RollcallError('interrupted', 'interrupted'))
    const ran = await demo.run(line, { signal })
    expect(ran, ran.stderr).toMatchObject({ status: SERVING.has(name) ? 0 : 130, stdout: '' })
  })
})

describe.each(Object.entries(OF_SIDES))('%s', (_, lineFor) => {
  it('3 where a registry is not there', async () => {
    const ran = await demo.run(`${lineFor('etcd://127.0.0.1:1')} --request-timeout 300ms`)
    expect(ran, ran.stderr).toMatchObject({ status: 3, stdout: '' })
  })

  it('130 on Ctrl-C', async () => {
    const signal = AbortSignal.abort(new RollcallError('interrupted', 'interrupted'))
    const ran = await demo.run(lineFor(`file:${demo.file}`), { signal })
    expect(ran, ran.stderr).toMatchObject({ status: 130, stdout: '' })
  })
})

it.each(WRITING)('%s: 6 in a context that is read-only, and nothing is changed', async (name) => {
  await demo.run(PLAN)
  await demo.run(BACKUP)
  await demo.run(`context add look -r file:${demo.file} --read-only`)
  const keys = async () => (await demo.json('check-keys --list --fail-on never')).items
  const before = await keys()
  expect(await demo.run(`${ASKING[name]} -c look --timeout 10s`)).toMatchObject({ status: 6, stdout: '' })
  expect(await keys()).toEqual(before)
})

await describeWith('etcd', 'on etcd', () => {
  it('4 where the registry wants to know who asks, for every command that ends by itself', async () => {
    await using etcd = await startEtcd({ auth: {} })
    await demo.run(PLAN)
    await demo.run(BACKUP)
    const env = { ROLLCALL_REGISTRY: `etcd://${etcd.endpoint}` }
    await asIfRunIn(env.ROLLCALL_REGISTRY)
    const asking = [
      ...Object.entries(ASKING).filter(([name]) => !SERVING.has(name)),
      ...Object.entries(OF_SIDES).map(([name, lineFor]) => [name, lineFor(env.ROLLCALL_REGISTRY)] as const),
    ]
    const ended = await Promise.all(
      asking.map(async ([name, line]) => {
        const { status, stderr } = await demo.run(`${line} --timeout 20s`, { env })
        return { name, status, stderr: status === 4 ? '' : stderr }
      }),
    )
    expect(ended.filter(({ status }) => status !== 4)).toEqual([])
  })

  it('2 for a TTL that the registry would not grant, for a dry run as well', async () => {
    await using etcd = await startEtcd()
    const line = `register new -e grpc://10.0.0.1:9000 --ttl 1s -r etcd://${etcd.endpoint}`
    const [ran, dry] = [await demo.run(line), await demo.run(`${line} --dry-run`)]
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('etcd grants at least 2s') })
    expect(dry).toEqual(ran)
  })
})

it('7 where all have changed meanwhile, 1 where the answer is no, 130 on Ctrl-C at the question', async () => {
  const meanwhile = async () => {
    await demo.run(['online', 'mailer', 'mailer-91d2c05ab7e4f013', 'mailer-c7a81b3f60d2e945'])
    return true
  }
  expect(await demo.run('purge', { terminal: true, answers: [false] })).toMatchObject({ status: 1 })
  expect(await demo.run('purge', { terminal: true, answers: ['ctrl-c'] })).toMatchObject({ status: 130 })
  expect(await demo.run('purge', { terminal: true, answers: [meanwhile] })).toMatchObject({ status: 7 })
})

it('70 is kept for faults of our own: a file that is none of ours is not one', async () => {
  await writeFile(join(demo.folder, 'text.db'), 'no database at all, but a page of text'.repeat(100))
  expect(await demo.run('ls -r file:text.db')).toMatchObject({ status: 3 })
})
