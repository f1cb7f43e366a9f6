import { EventEmitter } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EtcdServer } from '../../servers/etcd/start.ts'
import { type Fresh, onEmbeddedAndEtcd } from '../embedded-and-etcd.ts'
import { type Running, run, start } from '../run.ts'

const PATIENT = { timeout: 20_000, interval: 20 }

let registry: string
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-run-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A process's signals, which a test sends. */
function signals() {
  const events = new EventEmitter<{ signal: [NodeJS.Signals] }>()
  return {
    take: (listener: (signal: NodeJS.Signals) => void) => void events.on('signal', listener),
    send: (signal: NodeJS.Signals) => events.emit('signal', signal),
  }
}

/** A program that is ready at once, writes the signals that it gets into a file, and ends with 7 once another file is there. */
const PROGRAM = `
trap 'echo TERM >> got' TERM
trap 'echo INT >> got' INT
trap 'echo HUP >> got' HUP
trap 'echo USR2 >> got' USR2
touch started
until [ -e go ]; do sleep 0.02; done
exit 7`

const put = (name: string) => writeFile(join(folder, name), '')
const got = () => readFile(join(folder, 'got'), 'utf8').catch(() => '')
const isThere = (name: string) =>
  expect.poll(() => readFile(join(folder, name)).then(String, () => undefined), PATIENT).toBeDefined()
const registered = async () => (await run(`get web/w1 -r ${registry}`)).status === 0
const says = (running: Running, text: string) => expect.poll(() => running.stderr.text(), PATIENT).toContain(text)

function starts(flags: string, sent = signals(), where = registry): Running {
  const words = `run web --id w1 -e http://127.0.0.1:8080 -r ${where} ${flags} -- sh -c`.split(' ').filter(Boolean)
  return start([...words, PROGRAM], { cwd: folder, signals: sent })
}

function tests(fresh: Fresh): void {
  beforeEach(async () => {
    registry = await fresh()
  })

  it('registers what is ready, and deregisters it when the program ends, whose status it has', async () => {
    const running = starts('--ready-file ready')
    await isThere('started')
    expect(await registered()).toBe(false)
    await put('ready')
    await says(running, 'web/w1: registered')
    expect(await registered()).toBe(true)
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7, stdout: '' })
    expect(await registered()).toBe(false)
  })

  it('deregisters on SIGTERM and passes it on after the grace, or with a second signal', async () => {
    const sent = signals()
    const running = starts('--grace 1000h', sent)
    await says(running, 'web/w1: registered')
    await isThere('started')
    sent.send('SIGTERM')
    await says(running, 'web/w1: deregistered')
    expect(await registered()).toBe(false)
    expect(await got()).toBe('')
    sent.send('SIGINT')
    await expect.poll(got, PATIENT).toBe('INT\n')
    await put('go')
    expect(await running.ended).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('SIGTERM: the command gets it in 3600000s'),
    })
  })

  it('passes it on by itself when the grace is over', async () => {
    const sent = signals()
    const running = starts('--grace 20ms', sent)
    await says(running, 'web/w1: registered')
    await isThere('started')
    sent.send('SIGTERM')
    await expect.poll(got, PATIENT).toBe('TERM\n')
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7 })
  })

  it('passes all other signals on at once, and stays registered', async () => {
    const sent = signals()
    const running = starts('--grace 1h', sent)
    await says(running, 'web/w1: registered')
    await isThere('started')
    for (const name of ['HUP', 'USR2'] as const) {
      sent.send(`SIG${name}`)
      await expect.poll(got, PATIENT).toContain(name)
    }
    expect(await registered()).toBe(true)
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7 })
  })

  it('passes SIGTERM on at once where nothing is registered yet', async () => {
    const sent = signals()
    const running = starts('--grace 1h --ready-tcp 127.0.0.1:1 --ready-file never', sent)
    await isThere('started')
    sent.send('SIGTERM')
    await expect.poll(got, PATIENT).toBe('TERM\n')
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7, stderr: '' })
  })
}

function onEmbedded(): void {
  beforeEach(async () => {
    await run(`register other -e http://127.0.0.1:1 --ttl none -r ${registry}`)
  })

  it('leaves Ctrl-C to the terminal, which has sent it to the program', async () => {
    const sent = signals()
    const words = `run web --id w1 -e http://127.0.0.1:8080 -r ${registry} --grace 0s -- sh -c`.split(' ')
    const running = start([...words, PROGRAM], { cwd: folder, signals: sent, terminal: true })
    await says(running, 'web/w1: registered')
    await isThere('started')
    sent.send('SIGINT')
    await says(running, 'web/w1: deregistered')
    sent.send('SIGTERM')
    await expect.poll(got, PATIENT).toBe('TERM\n')
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7 })
  })

  it('ends with 128 and the number of the signal that ended the program', async () => {
    expect(
      await run([...`run web -e http://127.0.0.1:1 -r ${registry} -- sh -c`.split(' '), 'kill -9 $$']),
    ).toMatchObject({
      status: 137,
    })
  })

  it('starts nothing where the instance could never be registered', async () => {
    for (const wrong of [
      '-e grpc://0.0.0.0:1',
      '-e grpc://10.0.0.1:1 --ttl 1s',
      '-e grpc://10.0.0.1:1 --check-tcp 10.0.0.1:1',
    ]) {
      const { status } = await run(`run web ${wrong} -r ${registry} -- touch started`, { cwd: folder })
      expect({ wrong, status }).toEqual({ wrong, status: 2 })
    }
    const login = await run(
      `run web -e http://10.0.0.1:1 --ready-http http://u:s3cret@h:1/x -r ${registry} -- touch started`,
      { cwd: folder },
    )
    expect(login).toMatchObject({ status: 2, stderr: expect.stringContaining('http://u:***@h:1/x') })
    await expect(readFile(join(folder, 'started'))).rejects.toThrow('ENOENT')
  })

  it('says why another instance keeps it from being registered, and lets the program run on', async () => {
    await run(`register web --id w1 -e http://127.0.0.1:1 -r ${registry}`)
    const running = starts('')
    await says(running, 'web/w1: not registered: ')
    await run(`deregister web/w1 -r ${registry}`)
    await says(running, 'web/w1: registered')
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7 })
    expect(await registered()).toBe(false)
  })
}

function onEtcd(server: () => EtcdServer): void {
  it('registers once the registry is there, and again when the registration was lost', async () => {
    await server().stop()
    const running = starts('--ttl 3s')
    await isThere('started')
    await says(running, 'connection refused; trying again')
    await Promise.all(server().members.map((member) => member.start()))
    await says(running, 'web/w1: registered')
    await server().removeAll()
    await says(running, 'registered again')
    await put('go')
    expect(await running.ended).toMatchObject({ status: 7 })
    expect(await registered()).toBe(false)
  })
}

await onEmbeddedAndEtcd('run', tests, { onEmbedded, onEtcd })
