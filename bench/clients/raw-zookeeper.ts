// The least that lists instances of ZooKeeper: many nodes in a request, JSON.parse, JSON.stringify, lines. Knows one layout, and trusts every record.
import { once } from 'node:events'
import { connectRaw, int, text } from '../raw/zookeeper.ts'

const GET_DATA = 4
const GET_CHILDREN = 8
const MULTI_READ = 22
const AT_ONCE = 1_000
/** Bytes of what a node is beside its data. */
const STAT = 68

const [endpoint = '', prefix = ''] = process.argv.slice(2)
const zookeeper = await connectRaw(endpoint)
const services = namesIn(await zookeeper.ask(GET_CHILDREN, Buffer.concat([text(prefix), Buffer.alloc(1)]))).names
const paths: string[] = []
for (const [at, { names }] of (
  await several(
    GET_CHILDREN,
    services.map((name) => `${prefix}/${name}`),
    namesIn,
  )
).entries())
  for (const id of names) paths.push(`${prefix}/${services[at]}/${id}`)

for (let at = 0; at < paths.length; at += AT_ONCE) {
  const part = paths.slice(at, at + AT_ONCE)
  let lines = ''
  for (const [index, line] of (await several(GET_DATA, part, lineOf)).entries()) lines += line.of(part[index] ?? '')
  if (!process.stdout.write(lines)) await once(process.stdout, 'drain')
}
zookeeper.close()

/** The results of one kind of operation on many nodes, of which none fails. */
async function several<T extends { end: number }>(
  op: number,
  nodes: readonly string[],
  read: (answer: Buffer, at: number) => T,
): Promise<T[]> {
  const results: T[] = []
  for (let from = 0; from < nodes.length; from += AT_ONCE) {
    const head = Buffer.concat([int(op), Buffer.of(0), int(-1)])
    const asked = nodes.slice(from, from + AT_ONCE).flatMap((path) => [head, text(path), Buffer.of(0)])
    const answer = await zookeeper.ask(MULTI_READ, Buffer.concat([...asked, int(-1), Buffer.of(1), int(-1)]))
    for (let at = 0; answer[at + 4] === 0; ) {
      const result = read(answer, at + 9)
      results.push(result)
      at = result.end
    }
  }
  return results
}

function namesIn(answer: Buffer, at = 0): { names: string[]; end: number } {
  const names: string[] = []
  let end = at + 4
  for (let count = answer.readInt32BE(at); count > 0; count -= 1) {
    const length = answer.readInt32BE(end)
    names.push(answer.toString('utf8', end + 4, end + 4 + length))
    end += 4 + length
  }
  return { names: names.sort(), end }
}

function lineOf(answer: Buffer, at: number): { of: (path: string) => string; end: number } {
  const data = at + 4
  const stat = data + answer.readInt32BE(at)
  const lease = answer.readBigInt64BE(stat + 44).toString(16)
  const registeredAt = new Date(Number(answer.readBigInt64BE(stat + 16))).toISOString()
  const { id, name, version, metadata, endpoints } = JSON.parse(answer.toString('utf8', data, stat))
  const known = { status: 'up', env: metadata.env, lease, owner: `session 0x${lease}`, registeredAt, layout: 'kratos' }
  const of = (path: string) => `${JSON.stringify({ id, name, version, metadata, endpoints, ...known, keys: [path] })}\n`
  return { of, end: stat + STAT }
}
