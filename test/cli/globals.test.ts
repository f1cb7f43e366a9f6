import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { globalOptions, outputOptions, variableOf } from '../../src/cli/globals.ts'
import { longFlag } from '../../src/cli/args/options.ts'
import { Demo } from './demo.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

describe('a command line', () => {
  it('takes the later of two words about how something is shown, and the same one twice', async () => {
    expect((await demo.run('ls -o yaml -o name')).stdout).toMatch(/^[a-z-]+\n/)
    expect((await demo.run('--color always ls users --color never -o wide')).status).toBe(0)
    expect((await demo.run(`-r ${demo.env['ROLLCALL_REGISTRY']} ls -r ${demo.env['ROLLCALL_REGISTRY']}`)).status).toBe(
      0,
    )
  })

  it('takes several rules with commas, as it takes several statuses', async () => {
    const both = await demo.json('check-keys --rule RC1001,rc1003')
    const each = [await demo.json('check-keys --rule RC1001'), await demo.json('check-keys --rule RC1003')]
    expect(both.items).toHaveLength(each[0].items.length + each[1].items.length)
    expect((await demo.json('check-keys --ignore RC1001,RC1003')).items).not.toContainEqual(
      expect.objectContaining({ rule: 'RC1001' }),
    )
    expect(await demo.json('purge --rule RC1001,RC1003 --dry-run')).toMatchObject({ kind: 'PurgePlan' })
    expect((await demo.json('stats payments --by zone,track')).by).toMatchObject({ zone: {}, track: {} })
  })

  it('names the version that was meant', async () => {
    for (const line of [
      'ls --version 1.4.2',
      'ls payments --version 1.4.2',
      'ls --all --version 1.4.2',
      'stats --version 1.4.2',
    ])
      expect((await demo.run(line)).stderr).toContain('did you mean --version v1.4.2?')
    expect((await demo.run('ls --version v1.4.2,9')).stderr).not.toContain('did you mean')
  })

  it.each([
    ['', 'no command given'],
    ['lss', 'did you mean "ls"?'],
    ['purg', 'did you mean "purge"?'],
    ['ls --al', 'did you mean --all?'],
    ['--regstry x ls', 'did you mean "--registry"?'],
    ['--nix ls', "unknown option '--nix' before the command"],
    ['ls --nix', "unknown option '--nix'\n  see rollcall ls --help"],
    ['ls -o', 'argument missing'],
    ['ls -o tabel', 'did you mean "table"?'],
    ['get payments -w json', 'did you mean -o json?'],
    ['ls --color blue', 'Allowed choices are auto, always, never'],
    ['ls --limit 0', '--limit must be a whole number above 0, not "0"'],
    ['ls --sort-by nix', 'there is no column "nix"'],
    ['ls --columns service,', '--columns has an empty name'],
    ['ls --fields nix -o yaml', 'has no field "nix"'],
    ['ls -o yaml --no-headers=1', 'rollcall:'],
    ['ls --status nix', 'is not a valid status'],
    ['ls --status ,', '--status has an empty value'],
    ['ls -l =x', 'rollcall:'],
    ['ls --older-than soon', 'is not a valid duration'],
    ['ls --timeout soon', 'is not a valid duration'],
    ['ls -c a -c b', '--context was given more than once'],
    ['-c a ls -c b', '--context was given more than once'],
    ['ls --registry file:a.db -r file:b.db', '--registry was given more than once'],
    ['--prefix /a ls --prefix=/b', '--prefix was given more than once'],
    ['get --id a --id b', '--id was given more than once'],
    ['deregister --raw-key a --raw-key b', '--raw-key was given more than once'],
    ['purge --older-than 7d --older-than 1h', '--older-than was given more than once'],
    ['register a -e grpc://a:1 --id x --id y', '--id was given more than once'],
    ['check-keys --rule RC1001,', '--rule has an empty value'],
    ['ls --request-timeout soon', 'is not a valid duration'],
    ['ls --request-timeout 0', 'is too short'],
    ['ls --layout nix', 'there is no layout "nix"'],
    ['ls -n team', 'has no namespaces'],
    ['ls -A', 'has no namespaces'],
    ['ls -n a -A', 'exclude each other'],
    ['ls --user me', 'has no users'],
    ['ls -r nix://h', 'no kind of registry has the scheme "nix:"'],
    ['ls -r h:1', 'rollcall:'],
    ['ls -r etcd://me:secret@h:2379', 'carries a password'],
    ['ls -r etcd://h:2379?nix=1', 'no parameter "nix"'],
    ['ls -r etcd://h:port', 'rollcall:'],
    ['ls -r file:', 'names no file'],
    ['ls -c nix', 'nix'],
    ['ls --kratos-config nix.yaml', 'check the path for a typing error'],
    ['context nix', 'context has no subcommand "nix"'],
  ])('`%s` is refused with one clear error', async (line, message) => {
    const { status, stdout, stderr } = await demo.run(line)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('secret')
    expect(stderr.split('rollcall: ')).toHaveLength(2)
  })

  it('names no registry: says what was looked for, and how to name one', async () => {
    const { status, stderr } = await demo.run('ls', { env: { ROLLCALL_REGISTRY: undefined } })
    expect(status).toBe(2)
    expect(stderr).toMatch(/looked for --registry, .*ROLLCALL_REGISTRY.*rollcall\.yaml.*config\.yaml/)
    expect(stderr).toContain('name one: --registry etcd://127.0.0.1:2379')
    expect((await demo.run('ls', { env: { ROLLCALL_REGISTRY: '' } })).status).toBe(2)
    expect((await demo.run(['ls', '-r', ''])).status).toBe(2)
    expect((await demo.run(['ls', ''])).status).toBe(2)
  })

  it('takes global flags before and after the command', async () => {
    const { stdout } = await demo.run('ls -o csv')
    expect(stdout).toContain('payments,3,3')
    expect((await demo.run('-o csv ls')).stdout).toBe(stdout)
    expect((await demo.run('-ocsv --color=never ls')).stdout).toBe(stdout)
    expect((await demo.run('-o json ls -o csv')).stdout).toBe(stdout)
  })

  it('shows help, examples first', async () => {
    const general = (await demo.run('--help')).stdout
    for (const line of ['help', '-h']) expect((await demo.run(line)).stdout).toBe(general)
    const { stdout } = await demo.run('ls --help')
    expect(stdout).toMatch(/^[^\n]+\n\nExamples:\n {2}rollcall ls /)
    for (const line of ['help ls', 'ls -h', 'help list']) expect((await demo.run(line)).stdout).toBe(stdout)
    for (const { name } of commands) expect(general).toContain(`\n  ${name} `)
  })
})

describe('a variable', () => {
  it('stands for each global flag', () => {
    for (const [name, spec] of Object.entries(globalOptions)) {
      const variable = variableOf(name as keyof typeof globalOptions)
      expect(variable).toBe(`ROLLCALL_${longFlag(spec).slice(2).toUpperCase().replaceAll('-', '_')}`)
    }
  })

  const held: Readonly<Record<keyof typeof outputOptions, readonly [value: string, line: string, flag: string]>> = {
    output: ['csv', 'ls', '-o csv'],
    json: ['true', 'ls --fields name,instances', '--json'],
    noHeaders: ['1', 'ls', '--no-headers'],
    columns: ['up', 'ls', '--columns up'],
    fields: ['name', 'ls -o ndjson', '--fields name'],
    query: ['items[].name', 'ls', '--query items[].name'],
    sortBy: ['-instances', 'ls', '--sort-by -instances'],
    limit: ['1', 'ls', '--limit 1'],
    color: ['always', 'ls', '--color always'],
    quiet: ['yes', 'ls', '-q'],
    verbose: ['1', 'ls', '-v'],
    debug: ['1', 'ls', '--debug'],
    timeout: ['0s', 'ls', '--timeout 0s'],
  }
  it.each(Object.entries(held))('of --%s does what the flag does', async (name, [value, line, flag]) => {
    const time = Date.now()
    const now = () => time
    const plain = await demo.run(line, { now })
    const env = { [variableOf(name as keyof typeof outputOptions)]: value }
    const byFlag = await demo.run(`${line} ${flag}`, { now })
    expect(byFlag).not.toEqual(plain)
    expect(await demo.run(line, { env, now })).toEqual(byFlag)
  })

  it('gives way to its flag', async () => {
    const env = { ROLLCALL_OUTPUT: 'yaml', ROLLCALL_JSON: '0', ROLLCALL_LIMIT: '5' }
    expect((await demo.run('ls -o name --limit 1', { env })).stdout).toBe('mailer\n')
    expect(JSON.parse((await demo.run('ls --json', { env })).stdout)).toMatchObject({ kind: 'ServiceList' })
  })

  it('is held to what its flag takes', async () => {
    expect((await demo.run('ls', { env: { ROLLCALL_COLOR: 'blue' } })).status).toBe(2)
    expect((await demo.run('ls', { env: { ROLLCALL_QUIET: 'perhaps' } })).status).toBe(2)
    expect((await demo.run('ls', { env: { ROLLCALL_LIMIT: '' } })).status).toBe(0)
  })

  it.each([
    ['ROLLCALL_LIMIT', 'abc', '--limit must be a whole number above 0, not "abc"'],
    ['ROLLCALL_TIMEOUT', 'soon', '--timeout "soon" is not a valid duration'],
    ['ROLLCALL_OUTPUT', 'xml', 'this command does not support -o xml'],
    ['ROLLCALL_COLUMNS', 'x', '--columns: there is no column "x"'],
    ['ROLLCALL_FIELDS', 'x', '--fields: ServiceList has no field "x"'],
    ['ROLLCALL_SORT_BY', 'x', '--sort-by: there is no column "x"'],
  ])('%s is named where its value is wrong', async (variable, value, message) => {
    const line = variable === 'ROLLCALL_FIELDS' ? 'ls -o yaml' : 'ls'
    const { status, stderr } = await demo.run(line, { env: { [variable]: value } })
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(new RegExp(`^rollcall: ${variable}: ${message}\\n`)),
    })
    const flag = `--${variable.slice('ROLLCALL_'.length).toLowerCase().replaceAll('_', '-')}`
    const written = await demo.run(`${line} ${flag} ${value}`, { env: { ROLLCALL_COLOR: 'never' } })
    expect(written.stderr).toContain(`rollcall: ${message}\n`)
  })
})

describe('standard error', () => {
  it('is silent with -q, says more with -v, and shows requests without values with --debug', async () => {
    expect((await demo.run('ls -q')).stderr).toBe('')
    expect((await demo.run('ls -v')).stderr).toContain(`rollcall: file:${demo.file}, from ROLLCALL_REGISTRY\n`)
    const { stderr } = await demo.run('register a --id a -e grpc://10.0.0.1:1 --meta token=hush --ttl 2h --debug')
    expect(stderr).toMatch(/debug: local: grant a lease of 7200s\n.*debug: local: put \/microservices\/a\/a on lease/s)
    expect(stderr).not.toContain('hush')
  })

  it('holds one JSON object where the output is JSON', async () => {
    for (const line of [
      'get nobody/x -o json',
      'get nobody/x --json',
      'ls nobody -o ndjson',
      'get --output=json nobody',
    ]) {
      const { status, stderr } = await demo.run(line)
      expect(status).toBe(1)
      expect(JSON.parse(stderr)).toMatchObject({ kind: 'Error', code: 'not-found', hint: expect.any(String) })
    }
    expect(JSON.parse((await demo.run('lss --json')).stderr)).toMatchObject({ code: 'usage' })
    const env = { ROLLCALL_OUTPUT: 'json' }
    expect(JSON.parse((await demo.run('get nobody/x', { env })).stderr)).toMatchObject({ code: 'not-found' })
  })

  it('shows what lies in a registry without control characters', async () => {
    const id = 'x\u001b[31m'
    const value = JSON.stringify({ id, name: 'evil', version: '', metadata: null, endpoints: ['grpc://h:1'] })
    const record = {
      id: 'k',
      service: 'evil',
      key: base64(`/microservices/evil/${id}`),
      value: base64(value),
      ttl: null,
    }
    await writeFile(`${demo.folder}/evil.ndjson`, JSON.stringify(record))
    await demo.run('restore evil.ndjson --yes')
    const { stdout: name } = await demo.run('ls evil -o name')
    const shown = await Promise.all([
      demo.run('ls evil'),
      demo.run('get evil'),
      demo.run('get evil/y'),
      demo.run('deregister -', { stdin: name, terminal: true, answers: [] }),
      demo.run('deregister evil --all --color never', { terminal: true, answers: [false] }),
    ])
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain('\u001b[31m')
  })
})
