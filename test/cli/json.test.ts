import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { Demo, type Json } from './demo.ts'
import { validated } from './validated.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
  await demo.run(`context add here -r file:${demo.file} --confirm-name --layout auto`)
  await demo.run('context use here')
  const one = { name: 'new', id: 'new-1', endpoints: ['grpc://10.0.0.1:9000'] }
  await writeFile(join(demo.folder, 'one.json'), JSON.stringify(one))
  await writeFile(join(demo.folder, 'manifest.yaml'), 'services: {payments: {min: 3, versions: v9}}')
})
afterAll(() => demo[Symbol.asyncDispose]())

/** A line a command, or more where it prints several kinds; in an order in which they work. */
const lines: Readonly<Record<string, string>> = {
  ls: 'ServiceList',
  'ls payments': 'InstanceList',
  'ls --all': 'InstanceList',
  'ls --hosts': 'HostList',
  export: 'InstanceList',
  'import one.json --dry-run': 'WriteResultList',
  'copy one.json file:copied.db': 'WriteResultList',
  'diff one.json here': 'DifferenceList',
  'drain 10.1.9.7 --dry-run': 'WriteResult',
  'get payments/payments-1 --raw': 'Instance',
  'get payments': 'InstanceList',
  'get --raw-key /microservices//build-agent-3': 'Record',
  'register json --id a -e grpc://10.0.0.1:1 --ttl 2h --weight 3 --env dev': 'WriteResult',
  'register json --id b -e grpc://10.0.0.1:2 --dry-run': 'WriteResult',
  'renew json/a': 'WriteResult',
  'renew payments/payments-1 payments/payments-2': 'WriteResultList',
  'offline mailer/mailer-4f0c2a7be19d3356 --dry-run': 'WriteResult',
  'online mailer/mailer-91d2c05ab7e4f013': 'WriteResult',
  'deregister json/a json/b --ignore-not-found --yes': 'WriteResultList',
  'deregister users/users-2': 'WriteResult',
  'watch payments --limit 1': 'Event',
  'watch --no-snapshot --journal j.db --limit 1': 'Event',
  'history --journal j.db': 'HistoryEventList',
  'history --journal j.db --at 0s': 'InstanceList',
  'wait payments --timeout 0s': 'WaitResult',
  'wait payments --min 9 --timeout 0s': 'WaitResult',
  'wait payments users --timeout 0s': 'WaitResultList',
  'verify --init': 'Manifest',
  'verify -f manifest.yaml': 'ClaimList',
  'stats --by zone': 'Stats',
  'check-keys': 'FindingList',
  'check-keys --list': 'VerdictList',
  'check-keys --list-rules': 'RuleList',
  'context ls': 'ContextList',
  'context show here': 'Context',
  'token ls': 'TokenList',
  'trust --list': 'TrustList',
  'pick payments': 'Pick',
  'health payments': 'HealthReport',
  doctor: 'DiagnosisList',
  config: 'Config',
  'purge --malformed --dry-run': 'PurgePlan',
  'purge --malformed --plan plan.json': 'PurgePlan',
  'apply -f plan.json --dry-run': 'PurgePlan',
  'purge --malformed --yes --backup removed.ndjson': 'PurgeResult',
  'undo --yes': 'WriteResultList',
  'undo --list': 'RunList',
  'restore removed.ndjson --yes': 'WriteResultList',
  version: 'Version',
}

describe('what a command prints as JSON', () => {
  it('is held for every command', () => {
    const without = new Set(['schema', 'completion', 'man', 'serve', 'monitor', 'run', 'report', 'top'])
    const tried = new Set(Object.keys(lines).map((line) => line.split(' ')[0]))
    expect(commands.map(({ name }) => name).filter((name) => !tried.has(name) && !without.has(name))).toEqual([])
  })

  it.each(Object.entries(lines))('by `%s` is a %s', async (line, kind) => {
    const printed = await demo.json(line)
    expect(printed).toMatchObject({ apiVersion: 'rollcall/v1', kind })
    validated(printed)
  })

  it.each(['ls', 'get payments', 'stats', 'check-keys', 'config', 'version', 'context ls'])(
    'by `%s` says the same in NDJSON and YAML',
    async (line) => {
      const { parse } = await import('yaml')
      const whole: Json = await demo.json(line)
      const yaml = parse((await demo.run(`${line} -o yaml`)).stdout)
      expect(timeless(yaml)).toEqual(timeless(whole))
      const { stdout } = await demo.run(`${line} -o ndjson`)
      const rows = stdout
        .split('\n')
        .filter(Boolean)
        .map((row): Json => JSON.parse(row))
      const envelope = { apiVersion: whole.apiVersion, kind: whole.kind }
      expect(timeless(whole.items ? rows : { ...envelope, ...rows[0] })).toEqual(timeless(whole.items ?? whole))
    },
  )
})

/** Without what changes from one second to the next: when it was read, and what is left of a TTL. */
function timeless(value: Json): Json {
  return JSON.parse(JSON.stringify(value, (name, each) => (['asOf', 'remaining'].includes(name) ? undefined : each)))
}
