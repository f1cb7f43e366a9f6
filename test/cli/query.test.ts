import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Demo } from './demo.ts'
import { validated } from './validated.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

const query = (command: string, expression: string) => demo.run([...command.split(' '), '--query', expression])

describe('--query', () => {
  it.each<[string, string, unknown]>([
    ['ls payments', 'items[].id', ['payments-1', 'payments-2', 'payments-3']],
    ['ls payments', 'length(items)', 3],
    ['ls payments -o json', "items[?id=='payments-2'].endpoints | [0][0]", 'grpc://10.1.4.12:9000'],
    ['ls payments --json', 'nothing.there', null],
    ['ls payments', 'items[0].constructor', null],
    ['stats payments', 'instances', 3],
    ['pick payments --hash-key a', 'service', 'payments'],
    ['check-keys payments', 'kind', 'FindingList'],
    ['schema Instance', 'title', 'Instance'],
  ])('%s --query %s', async (command, expression, result) => {
    const { status, stdout, stderr } = await query(command, expression)
    expect({ status, result: JSON.parse(stdout) }, stderr).toEqual({ status: 0, result })
  })

  it('asks each item of ndjson, and writes YAML', async () => {
    expect((await query('ls payments -o ndjson', '[id, version]')).stdout.split('\n', 2)).toEqual([
      '["payments-1","v1.4.2"]',
      '["payments-2","v1.4.2"]',
    ])
    expect((await query('ls payments -o yaml', '{first: items[0].id}')).stdout).toBe('first: payments-1\n')
  })

  it('asks each document of a command that goes on', async () => {
    expect((await query('watch payments --limit 4', '[type, instance.id]')).stdout.replaceAll(/\s/g, '')).toBe(
      '["snapshot","payments-1"]["snapshot","payments-2"]["snapshot","payments-3"]["synced",null]',
    )
  })

  it('leaves the status as it is', async () => {
    const waited = await query('wait payments --min 9 --timeout 0s', 'message')
    expect(waited).toMatchObject({ status: 1, stdout: '"3 up, at least 9 wanted"\n' })
    expect(await query('ls nowhere', 'items')).toMatchObject({ status: 1, stdout: '' })
  })

  it.each([
    ['ls', 'items[', 'parse error at column 6'],
    ['ls', 'foo(@)', 'Unknown function: foo()'],
    ['ls', 'sort_by(items, &nothing)[0] | length(@.a)', 'does not work'],
    ['ls', '', 'does not work'],
    ['ls -o csv', 'items', '--query cannot be combined with -o csv'],
    ['completion bash', 'items', '--query needs a command that prints JSON'],
  ])('%s --query %s: status 2', async (command, expression, message) => {
    const ran = await query(command, expression)
    expect(ran).toMatchObject({ status: 2, stdout: '' })
    expect(ran.stderr).toContain(message)
  })

  it('never lets text of a registry reach the terminal raw', async () => {
    const file = join(demo.folder, 'odd.json')
    await writeFile(file, JSON.stringify({ id: 'odd', name: 'odd', version: '\u001b[2J', endpoints: ['grpc://h:1'] }))
    expect(await demo.run(['register', '-f', file])).toMatchObject({ status: 0 })
    expect((await query('ls odd', 'items[0].version')).stdout).toBe('"\\u001b[2J"\n')
  })
})

describe('ls --hosts', () => {
  it('lists the hosts with their instances', async () => {
    const table = (await demo.run('ls payments --hosts')).stdout
    expect(table).toBe(
      'HOST       INSTANCES  UP  SERVICES\n' +
        [11, 12, 13].map((host) => `10.1.4.${host}          1   1  payments\n`).join(''),
    )
    const list = await demo.json('ls --hosts')
    validated(list)
    expect(list.items).toContainEqual({
      host: '10.1.4.11',
      instances: 1,
      up: 1,
      byStatus: { up: 1 },
      services: ['payments'],
    })
    expect((await demo.run('ls --hosts --host 10.1.4.* -o name')).stdout).toBe('10.1.4.11\n10.1.4.12\n10.1.4.13\n')
    expect((await demo.run('ls payments --hosts -q')).stderr).toBe('')
    expect((await demo.run('ls payments --hosts')).stderr).toContain('3 instances, 3 up')
  })

  it('ends with 1 for a service that is not there', async () => {
    expect(await demo.run('ls --hosts nowhere')).toMatchObject({ status: 1, stdout: '' })
  })
})

describe('--columns metadata.KEY', () => {
  it('shows the value under one key, as it is written', async () => {
    const line = 'ls orders --columns id,metadata.track --sort-by -metadata.track --limit 2 -o csv'
    const { stdout } = await demo.run(line)
    expect(stdout).toMatch(/^id,metadata\.track\r\n[^,]+,canary\r\n/)
    expect((await demo.run('ls orders --columns metadata.constructor --limit 1')).stdout).toBe(
      'METADATA.CONSTRUCTOR\n-\n',
    )
    expect(await demo.run('ls orders --columns metadata.')).toMatchObject({ status: 2 })
    expect(await demo.run('ls --columns metadata.zone')).toMatchObject({ status: 2 })
  })
})
