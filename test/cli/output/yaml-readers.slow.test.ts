import * as fc from 'fast-check'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { expect, it } from 'vitest'
import { loadYaml, yamlEncoder } from '../../../src/cli/output/documents.ts'
import { describeWith, serverOf } from '../../servers/with-server.ts'

/** What a reader of YAML 1.1 takes for a boolean, a null, a number, a time, a merge or a default, and their neighbours. */
const WORDS =
  '<< = yes no on off y n Y N YES No oN ~ null Null NULL nULL true True TRUE false 12:30:45 1:2 190:20:30.15 1:60 20:30.5 ' +
  '1_000 1_ _ 1__0 685_230.15 0b1 0b1_0 0b 0o7 0o8 07 08 007 00 0 0x1F 0x 0xG .inf -.Inf +.INF .NaN nan inf 1e3 1e+3 1.e3 ' +
  '.e3 1.5 +1 -1 1. .5 1e 12e03 -2.e+3 1,000 685.230_15e+03 2001-01-01 2001-1-1 2001-12-14t21:59:43.10-05:00 ' +
  '2001-01-01T00:00:00Z 20010101 - -- --- ... . .. ? ! & * | > % @ ` # [a] {a} a:b a: :a v1 10.0.0.1:9000 [::1]:80'

const PROGRAM =
  'import sys, json, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding="utf-8")), default=str))'
const WITH_SPACES = [
  '2001-12-14 21:59:43.10 -5',
  ' x',
  'x ',
  'a #b',
  'a: b',
  '- a',
  '--- a',
  '? a',
  '1 000',
  'yes ',
  'a\nb',
  'a\n',
  '\ta',
  '',
]

function texts(): string[] {
  const unit = fc.constantFrom(...'0123456789:._-+eExbonyNYftTZ~=<>#,[]{} \n\t\'"\\é中\u0085\u2028'.split(''))
  const generated = fc.sample(fc.string({ unit, maxLength: 12 }), { numRuns: 4_000, seed: 11 })
  const anything = fc.sample(fc.string({ unit: 'binary', maxLength: 20 }), { numRuns: 500, seed: 12 })
  return [...WORDS.split(' '), ...WITH_SPACES, ...generated, ...anything.filter((text) => text.isWellFormed())]
}

async function written(): Promise<string> {
  const encoder = yamlEncoder('Texts', await loadYaml())
  return (
    encoder.open() +
    texts()
      .map((text) => encoder.row({ text, keys: { [text]: [text] } }))
      .join('') +
    encoder.close({})
  )
}

const expected = () => texts().map((text) => ({ text, keys: { [text]: [text] } }))

it('means the same to a reader of YAML 1.2', async () => {
  const { items } = parse(await written()) as { items: unknown[] }
  expect(items).toEqual(expected())
})

// schemathesis needs PyYAML, and has it beside it.
await describeWith('schemathesis', 'a reader of YAML 1.1', () => {
  it('reads every text as that text', async () => {
    const { python = '' } = serverOf('schemathesis').programs ?? {}
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-yaml-'))
    try {
      const file = join(folder, 'texts.yaml')
      await writeFile(file, await written())
      const { stdout } = await promisify(execFile)(python, ['-c', PROGRAM, file], { maxBuffer: 64 * 2 ** 20 })
      const { items } = JSON.parse(stdout) as { items: unknown[] }
      const wrong = expected().filter((each, at) => JSON.stringify(each) !== JSON.stringify(items[at]))
      expect(wrong).toEqual([])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
