import { EventEmitter } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { startConsul } from '../servers/consul/start.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { startZooKeeper } from '../servers/zookeeper/start.ts'
import type { Json } from './demo.ts'
import { type Running, run, start } from './run.ts'
import { blackHole } from './servers.ts'

const RESTARTS = 20
/** Milliseconds for which the registry is away each time, by the clock that the programs see. */
const AWAY = 3_600_000
const PATIENT = { timeout: 60_000, interval: 50 }

interface Restarted extends AsyncDisposable {
  readonly endpoint: string
  stop(): Promise<void>
  kill(): Promise<void>
  restart(): Promise<void>
}

const SERVERS: Readonly<Record<string, () => Promise<Restarted>>> = {
  etcd: startEtcd,
  consul: startConsul,
  zookeeper: startZooKeeper,
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-restarts-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Notes that it was started, and ends with 7 on SIGTERM. */
const SERVICE = `echo started >> started
trap 'kill $!; exit 7' TERM
sleep 100000 & wait`

/** The lines of a file that were written whole. */
async function linesOf(name: string): Promise<string[]> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => '')
  return text.split('\n').slice(0, -1)
}

/** The three programs that run for long, over one registry, and a clock of theirs. */
class Programs {
  readonly registry: string
  readonly service: Running
  readonly reload: Running
  readonly journal: Running
  readonly #signals = new EventEmitter<{ signal: [NodeJS.Signals] }>()
  readonly #stop = new AbortController()
  #ahead = 0

  /** `address`: that of the service, which takes connections, as Consul checks. */
  constructor(registry: string, address: string) {
    this.registry = registry
    const signals = { take: (listener: (name: NodeJS.Signals) => void) => void this.#signals.on('signal', listener) }
    const running = `run web --id w1 -e http://${address} --ttl 10s --grace 20ms -r ${registry} -- sh -c`
    this.service = start([...running.split(' '), SERVICE], { cwd: folder, signals })
    const watching = { cwd: folder, signal: this.#stop.signal, now: this.now }
    const reloading = `watch pay --debounce 0s -r ${registry} -- sh -c`.split(' ')
    this.reload = start([...reloading, 'cat >> states'], watching)
    this.journal = start(`watch --journal journal.db -o ndjson -r ${registry}`, watching)
  }

  readonly now = (): number => Date.now() + this.#ahead

  /** Time passes. */
  pass(milliseconds: number): void {
    this.#ahead += milliseconds
  }

  terminate(): void {
    this.#signals.emit('signal', 'SIGTERM')
  }

  interrupt(): void {
    this.#stop.abort(new RollcallError('interrupted', 'interrupted'))
  }

  /** Ids of the newest state that the program of the watch was given. */
  async state(): Promise<string[] | undefined> {
    const newest = (await linesOf('states')).at(-1)
    return newest === undefined ? undefined : JSON.parse(newest).items.map(({ id }: Json) => id)
  }

  async status(): Promise<string | undefined> {
    const { status, stdout } = await run(`get web/w1 -o json -r ${this.registry}`)
    return status === 0 ? JSON.parse(stdout).status : undefined
  }

  async change(line: string): Promise<void> {
    const { status, stderr } = await run(`${line} -r ${this.registry}`)
    expect(status, stderr).toBe(0)
  }

  register(id: string): Promise<void> {
    return this.change(`register pay --id ${id} -e grpc://10.0.0.1:1 --ttl none`)
  }

  /** Waits until it is printed, which it is once it is kept. */
  async journalHas(id: string): Promise<void> {
    await expect.poll(() => this.journal.stdout.text(), PATIENT).toContain(`"id":"${id}"`)
  }

  /** All that the journal has of `pay`, and its gaps. */
  async history(): Promise<Json[]> {
    const line = `history pay --journal journal.db -o ndjson -r ${this.registry}`
    const { status, stdout, stderr } = await run(line, { cwd: folder, now: this.now })
    expect(status, stderr).toBe(0)
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text))
  }
}

const numbered = (name: string, at: number): string => `${name}-${String(at).padStart(2, '0')}`
const isLong = ({ type, at, until }: Json): boolean => type === 'gap' && Date.parse(until) - Date.parse(at) >= AWAY
const links = (running: Running): number => running.stderr.text().split('\n').filter(Boolean).length

for (const [kind, startServer] of Object.entries(SERVERS))
  await describeWith(kind, `run, watch with a command, and a journal, over restarts of ${kind}`, () => {
    it(`lose nothing in ${RESTARTS} of them`, { timeout: 900_000 }, async () => {
      await using server = await startServer()
      await using service = await blackHole()
      const programs = new Programs(`${kind}://${server.endpoint}`, service.endpoint)
      try {
        await expect.poll(() => programs.status(), PATIENT).toBe('up')
        await expect.poll(() => programs.state(), PATIENT).toEqual([])
        await expect.poll(() => programs.journal.stdout.text(), PATIENT).toContain('"synced"')
        const after: string[] = []
        for (let at = 0; at < RESTARTS; at++) {
          const said = links(programs.journal)
          // Whether a watch hears of it before or after the restart, is chance.
          await programs.register(numbered('before', at))
          await (at % 2 === 0 ? server.stop() : server.kill())
          await expect.poll(() => links(programs.journal), PATIENT).toBeGreaterThan(said)
          programs.pass(AWAY)
          await server.restart()
          after.push(numbered('after', at))
          await programs.register(numbered('after', at))
          // What comes and goes before a watch is back, no store but etcd has in its history.
          await programs.journalHas(numbered('before', at))
          await programs.change(`deregister pay/${numbered('before', at)}`)
          await expect.poll(() => programs.state(), PATIENT).toEqual(after)
          await expect.poll(() => programs.status(), PATIENT).toBe('up')
          await programs.journalHas(numbered('after', at))
        }
        programs.terminate()
        expect(await programs.service.ended).toMatchObject({ status: 7 })
        expect(await programs.status()).toBeUndefined()
        expect(await linesOf('started')).toEqual(['started'])

        await programs.register('last')
        await programs.journalHas('last')
        const history = await programs.history()
        const told = history.filter(({ type }) => type === 'added' || type === 'removed')
        const wanted = after.flatMap((name, at) => [
          `added ${name}`,
          `added ${numbered('before', at)}`,
          `removed ${numbered('before', at)}`,
        ])
        expect(told.map(({ type, id }) => `${type} ${id}`).toSorted()).toEqual([...wanted, 'added last'].toSorted())
        // Between two changes that were seen there is the time when nobody could see one.
        const order = history.flatMap((event) =>
          isLong(event) ? ['gap'] : event.type === 'added' && after.includes(event.id) ? [event.id] : [],
        )
        expect(order).toEqual(after.flatMap((name) => ['gap', name]))
        programs.interrupt()
        expect((await programs.reload.ended).status).toBe(130)
        expect((await programs.journal.ended).status).toBe(130)
      } finally {
        programs.terminate()
        programs.interrupt()
      }
    })
  })
