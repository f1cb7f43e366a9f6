import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, type Row, client, rollcall, times } from '../bench.ts'
import { type CommandLine, timed } from '../process.ts'
import { fill } from '../../test/servers/consul/fill.ts'
import { consul as kind } from '../../test/servers/consul/provision.ts'
import { ConsulServer } from '../../test/servers/consul/server.ts'

const INSTANCES = 10_000
const SERVICES = 500

/** `ls --all -o ndjson` on Consul beside a raw client that asks service by service, and Consul's own command line. */
export const consul: Row = async (bench) => {
  const { programs } = await kind.provision((line) => process.stderr.write(`${line}\n`))
  const program = programs?.['consul']
  if (program === undefined) throw new Error('there is no consul to start')
  await using server = await ConsulServer.start(program)
  await fill(server, INSTANCES, SERVICES)
  const { argv, env } = rollcall(bench, 'ls', '--all', '-o', 'ndjson')
  const list = { argv, env: { ...env, ROLLCALL_REGISTRY: `consul://${server.endpoint}` } }
  const raw = client(bench, 'raw-consul', server.endpoint)
  for (const line of [list, raw])
    if ((await linesOf(bench, line)) !== INSTANCES) throw new Error(`${line.argv.join(' ')} lists others`)
  const own = { CONSUL_HTTP_ADDR: server.endpoint }
  const names = { argv: [program, 'catalog', 'services'], env: own }
  const [ours = 0, reader = 0, namesAlone = 0] = await times(bench, list, raw, names)
  // Some fifty milliseconds a service: once is enough.
  const each = `for s in $("$0" catalog services); do "$0" catalog nodes -service="$s" -detailed; done`
  const loop = await timed(bench.folder, { argv: ['sh', '-c', each, program], env: own })
  const work = `Consul: full list, \`ls --all -o ndjson\`, ${INSTANCES.toLocaleString('en')} of ${SERVICES} services`
  return [
    { work, ours, unit: 'ms', beside: 'raw client, a request a service', theirs: reader, most: 1.3 },
    { work, ours, unit: 'ms', beside: '`consul catalog nodes` for each service', theirs: loop, most: 0.2 },
    { work, ours, unit: 'ms', beside: '`consul catalog services`, names alone', theirs: namesAlone },
  ]
}

async function linesOf({ folder }: Bench, line: CommandLine): Promise<number> {
  await timed(folder, line)
  return readFileSync(join(folder, 'output'), 'utf8').trimEnd().split('\n').length
}
