import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fill as fillConsul } from '../../test/servers/consul/fill.ts'
import { consul as kind } from '../../test/servers/consul/provision.ts'
import { ConsulServer } from '../../test/servers/consul/server.ts'
import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Contestant, type Result, contest } from '../harness/contest.ts'
import { residentMemory } from '../harness/linux.ts'
import { atLeast } from '../harness/marks.ts'
import { launch, outputOf, whileRunning } from '../harness/process.ts'
import { startEtcd } from '../registries/etcd.ts'
import { fill } from '../registries/fill.ts'
import { SERVICES, nameOf } from '../registries/fleet.ts'
import { programsOf } from '../registries/provide.ts'
import { type HttpServer, startBare, startServe } from './http-servers.ts'

const INSTANCES = 10_000
const WATCHERS = 1_000
const MOST_ROUNDS = 3

export const serve: Row = {
  name: 'serve',
  about: 'discovery over HTTP beside a bare fastify and Consul, and the memory of a thousand who watch',
  async measure(bench) {
    await using etcd = await startEtcd()
    await fill(etcd.client, bench.scaled(INSTANCES), { sharing: 1_000 })
    const program = await programsOf(kind).then(
      ({ consul = '' }) => consul,
      () => undefined,
    )
    await using consul = program === undefined ? undefined : await ConsulServer.start(program)
    if (consul) await fillConsul(consul, bench.scaled(INSTANCES), SERVICES)
    await using server = await startServe(bench, etcd.url)
    await using bare = await startBare(bench, server, pathsOf('discovery'))
    return [...(await reads(bench, server, bare, consul)), ...(await watchers(bench, server))]
  },
}

async function reads(bench: Bench, server: HttpServer, bare: HttpServer, consul?: ConsulServer): Promise<Result[]> {
  const discovery = writePaths(bench, 'discovery', pathsOf('discovery'))
  const health = Array.from({ length: SERVICES }, (_, at) => `/v1/health/service/s-${at}?passing`)
  const loaded = (name: string, of: Pick<HttpServer, 'port' | 'token' | 'pids'>, paths: string): Contestant => ({
    name,
    async measure() {
      const line = bench.client('http-load', String(of.port), paths, of.token)
      let load = { rate: 0, p99: 0 }
      const { client = 0, server: used = 0 } = await whileRunning(of, async () => {
        load = JSON.parse(await outputOf(bench.folder, line)) as typeof load
      })
      return { ...load, client, server: used }
    },
  })
  const work = {
    title: `serve: discovery, ${counted(bench.scaled(INSTANCES))} instances, 16 connections, eight seconds`,
    ours: loaded('rollcall', server, discovery),
    peers: [
      { by: loaded('bare fastify', bare, discovery), marks: [atLeast('rate', 0.8, 'aim')] },
      ...(consul === undefined
        ? []
        : [
            {
              by: loaded(
                "Consul's `/v1/health/service/:name`",
                { port: consul.port, token: '', pids: consul.pids },
                writePaths(bench, 'health', health),
              ),
            },
          ]),
    ],
    note: consul === undefined ? 'Consul is missing: not measured' : undefined,
  }
  return await contest([work], bench.roundsAtMost(MOST_ROUNDS))
}

/** What streams, of a service each, add to the memory of the server. */
async function watchers(bench: Bench, { port, token, pids }: HttpServer): Promise<Result[]> {
  const count = bench.scaled(WATCHERS)
  const paths = writePaths(bench, 'watches', pathsOf('watch'))
  const [pid = 0] = pids
  const before = { name: 'before they came', measure: () => Promise.resolve({ memory: residentMemory(pid) }) }
  const watched: Contestant = {
    name: 'rollcall',
    async measure() {
      const words = [String(port), paths, token, 'event: synced', String(count)]
      const holder = launch(bench.client('http-watchers', ...words), ['pipe', 'pipe', 'inherit'])
      const ended = once(holder, 'exit')
      if (holder.stdout) await Promise.race([once(holder.stdout, 'data'), ended])
      const memory = residentMemory(pid)
      holder.stdin?.end()
      await ended
      return { memory }
    },
  }
  const work = { title: `serve: memory with ${counted(count)} who watch`, ours: watched, peers: [{ by: before }] }
  return await contest([work], bench.roundsAtMost(1))
}

function pathsOf(route: string): string[] {
  return Array.from({ length: SERVICES }, (_, service) => `/registry/${route}/${nameOf(service)}`)
}

function writePaths({ folder }: Bench, name: string, paths: readonly string[]): string {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(paths))
  return file
}
