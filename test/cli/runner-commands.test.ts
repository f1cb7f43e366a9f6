import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Demo } from './demo.ts'
import { seed } from './seed.ts'

/** What a CI runner does something for: GitHub's at the beginning of a line, spaces left out; the others wherever in one. */
const COMMAND = /^\s*::|##\w*\[/m
const HOSTILE = [
  '::set-output name=x::y',
  ' ::error::gone',
  '##[add-path]/tmp',
  '##vso[task.setvariable variable=a]b',
  '##teamcity[x]',
]

describe('what lies in a registry commands no CI runner', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await Demo.open()
    const values = HOSTILE.map((text) => ({
      key: `/microservices/${text.replaceAll('/', '_')}/${text.replaceAll('/', '_')}`,
      value: {
        id: text.replaceAll('/', '_'),
        name: text.replaceAll('/', '_'),
        version: text,
        metadata: { [text]: text, lines: `\n${text}\r${text}` },
        endpoints: ['grpc://10.0.0.1:9000', text],
      },
    }))
    await seed(demo, [
      ...values,
      { key: '/microservices//::error::x', value: 'nothing' },
      { key: '/microservices/::a/', value: '::b' },
    ])
  })
  afterAll(() => demo[Symbol.asyncDispose]())

  const lines = [
    'ls',
    'ls --all',
    'ls --all -o wide',
    'stats',
    'stats -o wide --by lines',
    'check-keys',
    'check-keys --list',
    'purge --malformed --dry-run --force',
  ]
  const formats = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv', 'name']
  const written = [
    ...lines.flatMap((line) => formats.map((format) => `${line} -o ${format}`)),
    'ls --all --columns endpoints,metadata',
    'ls --all --columns version',
    'check-keys -o junit',
    'check-keys -o sarif',
  ]
  it.each(written)('%s', async (line) => {
    const { stdout, stderr } = await demo.run(line)
    expect(stdout).not.toBe('')
    // GitHub's runner finds `::` at the beginning alone; in CSV the data stays as it is, but begins no line with either.
    expect(stdout).not.toMatch(line.includes('csv') ? /^\s*(::|##)/m : COMMAND)
    expect(stderr).not.toMatch(COMMAND)
  })

  it('in details, answers, questions and errors neither', async () => {
    const services = (await demo.json('ls')).items.map((item: { name: string }) => item.name)
    for (const service of services.filter(
      (name: string) => HOSTILE.includes(name.replaceAll('_', '/')) || name.startsWith(':'),
    )) {
      for (const words of [
        ['get', service],
        ['wait', service, '--min', '2', '--timeout', '0s'],
        ['pick', service],
        ['get', service, '--id', 'no'],
        ['deregister', service, '--all'],
        ['watch', service, '--limit', '2'],
      ]) {
        const { stdout, stderr } = await demo.run(words)
        expect(stdout).not.toMatch(COMMAND)
        expect(stderr).not.toMatch(COMMAND)
      }
    }
    expect(services.length).toBeGreaterThan(HOSTILE.length)
  })

  it('is read back by - as it was', async () => {
    const { stdout } = await demo.run('ls --all -o name')
    const found = await demo.run('get - -o name', { stdin: stdout })
    expect(found.stdout.split('\n').sort()).toEqual(stdout.split('\n').sort())
    const { items } = await demo.json('ls --all')
    expect(items.map((item: { version: string }) => item.version)).toEqual(expect.arrayContaining(HOSTILE))
  })
})
