import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Demo } from './demo.ts'

/** C0 and C1 controls (all that begins a sequence, too), bidi, invisible characters, line separators, half a pair. */
const HOSTILE = '\u001b[2J\u0007\u009b31m\u0085\u202egpj\u2066\u200b\u2028\ufeff\u{e0041}'
const HARMFUL =
  // eslint-disable-next-line no-control-regex -- what must not get through
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0041}]/u
/** How a line that says how far the work is gives way to the next. */
const ERASE = '\r\u001b[K'

const base64 = (text: string) => Buffer.from(text).toString('base64')
/** What a terminal was given, but for what erases the line of progress, and the line ends of CSV. */
const shown = (...texts: readonly string[]) => texts.join('').replaceAll(ERASE, '').replaceAll('\r\n', '\n')

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
  const name = `shop${HOSTILE}`
  const value = (id: string) => ({
    id,
    name,
    version: HOSTILE,
    metadata: { [HOSTILE]: HOSTILE },
    endpoints: [`http://${HOSTILE}:80`, 'grpc://10.0.0.1:1'],
  })
  const records = [
    [`/microservices/${name}/a${HOSTILE}`, JSON.stringify(value(`a${HOSTILE}`))],
    [`/microservices/${name}/b${HOSTILE}`, JSON.stringify(value(`other${HOSTILE}`))],
    [`/microservices/${name}/c${HOSTILE}`, `not JSON ${HOSTILE}`],
    [`/microservices/${name}/d${HOSTILE}`, JSON.stringify({ ...value('d'), name: HOSTILE })],
    [
      `/aio/registry/${name}/e${HOSTILE}`,
      JSON.stringify({ ...value('e'), address: HOSTILE, env: HOSTILE, status: 'up' }),
    ],
  ].map(([key = '', body = '']) =>
    JSON.stringify({ id: key, service: name, key: base64(key), value: base64(body), ttl: null }),
  )
  await writeFile(join(demo.folder, 'hostile.ndjson'), records.join('\n'))
  const { status, stderr } = await demo.run('restore hostile.ndjson --yes')
  if (status !== 0) throw new Error(stderr)
})
afterAll(() => demo[Symbol.asyncDispose]())

const ALL = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv', 'name'] as const

it.each([
  ...ALL.map((format) => `ls --all -o ${format}`),
  ...ALL.map((format) => `ls -o ${format}`),
  ...ALL.map((format) => `stats -o ${format}`),
  ...[...ALL, 'sarif', 'junit', 'github'].map((format) => `check-keys --all -o ${format}`),
  ...ALL.map((format) => `purge --malformed --dry-run -o ${format}`),
  'watch -o table --timeout 1s',
  'watch -o ndjson --timeout 1s',
  'stats --by metadata',
])('%s shows nothing on a terminal that moves, hides or reorders', async (line) => {
  const { stdout, stderr } = await demo.run(line, { terminal: 200, env: { NO_COLOR: '1' } })
  expect(shown(stdout, stderr)).not.toMatch(HARMFUL)
})

it.each(['text', 'json', 'yaml', 'ndjson'])('get shows nothing of the kind as %s', async (format) => {
  const words = ['get', `shop${HOSTILE}/a${HOSTILE}`, '--raw', ...(format === 'text' ? [] : ['-o', format])]
  const { status, stdout, stderr } = await demo.run(words, { terminal: 200, env: { NO_COLOR: '1' } })
  expect(status).toBe(0)
  expect(shown(stdout, stderr)).not.toMatch(HARMFUL)
})

it.each([
  ['get', [`nobody${HOSTILE}/x`]],
  ['deregister', [`shop${HOSTILE}/a${HOSTILE}`, '--dry-run']],
  ['ls', [`--columns=${HOSTILE}`]],
  ['offline', [`shop${HOSTILE}/a${HOSTILE}`]],
  ['wait', [`shop${HOSTILE}`, '--min', '9', '--timeout', '0s']],
])('%s quotes nothing of the kind from its own words', async (command, words) => {
  const options = { terminal: 200, env: { NO_COLOR: '1' }, answers: [false, false] }
  const { stdout, stderr, asked } = await demo.run([command, ...words], options)
  expect(shown(stdout, stderr, ...asked)).not.toMatch(HARMFUL)
})
