// The least that lists a Polaris' instances by its client API: the names, then each service. Trusts every answer.
import { once } from 'node:events'
import { RawHttp } from '../raw/http.ts'

interface Instance {
  readonly service: string
  readonly host: string
  readonly port: number
  readonly protocol: string
  readonly version: string
  readonly weight: number
  readonly healthy: boolean
  readonly isolate: boolean
  readonly metadata: Readonly<Record<string, string>>
}

interface Answer {
  readonly services?: readonly { readonly name: string }[]
  readonly instances?: readonly Instance[]
}

const [endpoint = ''] = process.argv.slice(2)
const polaris = new RawHttp(`http://${endpoint}`)
const { services = [] } = await discover({ type: 'SERVICES', service: { namespace: 'default' } })
await polaris.each(services, async ({ name }) => {
  const { instances = [] } = await discover({ type: 'INSTANCE', service: { name, namespace: 'default' } })
  if (!process.stdout.write(instances.map(lineOf).join(''))) await once(process.stdout, 'drain')
})
polaris.close()

function discover(asked: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return polaris.ask('/v1/Discover', { method: 'POST', headers, body: JSON.stringify(asked) })
}

function lineOf({ service: name, host, port, protocol, version, weight, healthy, metadata: all }: Instance): string {
  const { merge: id, ...metadata } = all
  const known = { status: healthy ? 'up' : 'unhealthy', weight, place: { namespace: 'default' }, layout: 'kratos' }
  return `${JSON.stringify({ id, name, version, metadata, endpoints: [`${protocol}://${host}:${port}`], ...known })}\n`
}
