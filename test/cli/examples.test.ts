import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { Demo } from './demo.ts'
import { Grid } from './screen/grid.ts'

const loaded = await Promise.all(commands.map((entry) => entry.load()))
const examples = loaded.flatMap(({ examples: some }) => some.map(({ line }) => line))

const anHourAgo = () => Date.now() - 3_600_000

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
  const instance = { name: 'batch', id: 'batch-1', endpoints: ['grpc://10.0.0.1:9000'] }
  await writeFile(join(demo.folder, 'instances.yaml'), JSON.stringify(instance))
  await writeFile(join(demo.folder, 'manifest.yaml'), 'services: {payments: {min: 1}}')
  await demo.run('export -f before.ndjson')
  await demo.run('purge --malformed --yes --backup backup.ndjson')
  await demo.run('restore backup.ndjson --yes')
  await demo.run('export --file registry.ndjson')
  await demo.run('watch --no-snapshot --journal journal.db --limit 1', { now: anHourAgo })
})
afterAll(() => demo[Symbol.asyncDispose]())

describe('an example of a help text', () => {
  it.each(loaded)('of $name is one of three', (command) => {
    expect(command.examples.length).toBeGreaterThanOrEqual(3)
    for (const { line, does } of command.examples) {
      expect(line).toMatch(/^rollcall |\| rollcall /)
      expect(does).not.toBe('')
    }
  })

  it.each(examples)('works: %s', async (example) => {
    await using own = await Demo.open()
    const files = ['instances.yaml', 'backup.ndjson', 'manifest.yaml', 'before.ndjson']
    if (example.includes('import registry')) files.push('registry.ndjson')
    if (/history|report/.test(example)) files.push('journal.db')
    for (const file of files) await copyFile(join(demo.folder, file), join(own.folder, file))
    if (!example.includes('context add')) await own.run(`context add prod -r file:${own.file}`)
    await own.run(`context add staging -r file:${own.file}`)
    await own.run('token add ci --role viewer')
    for (const folder of ['.', 'shop']) {
      await mkdir(join(own.folder, folder), { recursive: true })
      await writeFile(join(own.folder, folder, 'rollcall.yaml'), `registry: file:${own.file}\n`)
    }
    if (example.includes('apply')) await own.run('purge --malformed --plan plan.json')
    if (example.includes('--back')) await own.run('drain 10.1.3.21 --yes')
    if (example.includes('undo')) await own.run('deregister payments/payments-1')
    if (example.includes('--remove')) await own.run('trust')
    for (const program of ['web', 'sre', 'reload'])
      await writeFile(join(own.folder, program), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    let stdin = ''
    // What is to be stable for seconds in real life is so for a moment here.
    for (const words of stages(example.replace('--stable 10s', '--stable 20ms'))) {
      const { status, stdout, stderr } = await ended(own, words, stdin)
      expect({ status, stderr }).toEqual({ status: expect.toBeOneOf(allowed(words)), stderr: expect.any(String) })
      stdin = stdout
    }
  })
})

/** What ends with 0 on Ctrl-C: that is how it is meant to end. */
const SERVERS = ['serve', 'monitor']

/** Most examples find what they name; 1 is the answer where it may well be no, 130 where only Ctrl-C ends it. */
function allowed(words: readonly string[]): number[] {
  if (SERVERS.some((word) => words.includes(word))) return [0]
  const endless = words.some((word) =>
    ['watch', '--follow', '--keep-alive', '--every', '--verify', '-w'].includes(word),
  )
  if (endless) return [130]
  if (['check-keys', 'wait', 'health', 'diff'].some((word) => words.includes(word))) return [0, 1]
  if (words.includes('--lease')) return [1]
  return [0]
}

/** The words of each command of a line as a shell would have them; its output file is left out. */
function stages(line: string): string[][] {
  return line.split(' | ').map((stage) => {
    const [command = ''] = stage.split(' > ')
    const words = command.match(/'[^']*'|\S+/g) ?? []
    return words.slice(1).map((word) => word.replaceAll("'", ''))
  })
}

async function ended(own: Demo, words: readonly string[], stdin: string) {
  if (words.includes('top')) return await quitted(own, words)
  const stop = new AbortController()
  const running = own.start(words, { stdin, signal: stop.signal, ...questions(words) })
  const endless = allowed(words).includes(130) || SERVERS.some((word) => words.includes(word))
  if (endless) {
    const said = () => `${running.stdout.text()}${running.stderr.text()}`
    if (!words.includes('--since') && !words.includes('--')) await expect.poll(said).not.toBe('')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
  }
  return running.ended
}

async function quitted(own: Demo, words: readonly string[]) {
  const screen = new Grid(80, 24)
  const running = own.start(words, { screen, terminal: true })
  await expect.poll(() => screen.text).toContain('q quit')
  screen.type('q')
  return await running.ended
}

/** A person at a terminal, who agrees, where nothing is read from standard input. */
function questions(words: readonly string[]) {
  return words.includes('-') ? {} : { terminal: true, answers: [true] }
}
