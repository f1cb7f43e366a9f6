// The least that lists a Consul's instances as its documentation has it: the names, then each service's health. Trusts every answer.
import { once } from 'node:events'
import { RawHttp } from '../raw/http.ts'

interface Entry {
  readonly Node: { readonly Node: string; readonly Datacenter: string }
  readonly Service: {
    readonly ID: string
    readonly Service: string
    readonly Tags: readonly string[]
    readonly Meta: Readonly<Record<string, string>>
    readonly Address: string
    readonly Port: number
  }
}

const [endpoint = ''] = process.argv.slice(2)
const consul = new RawHttp(`http://${endpoint}`)
const names = Object.keys(await consul.ask<object>('/v1/catalog/services')).filter((name) => name !== 'consul')
await consul.each(names, async (name) => {
  const entries = await consul.ask<Entry[]>(`/v1/health/service/${name}`)
  if (!process.stdout.write(entries.map(lineOf).join(''))) await once(process.stdout, 'drain')
})
consul.close()

function lineOf({ Node, Service }: Entry): string {
  const { ID: id, Service: name, Tags, Meta: metadata, Address, Port } = Service
  const version = Tags.find((tag) => tag.startsWith('version='))?.slice('version='.length)
  const endpoints = [`http://${Address}:${Port}`]
  const place = { datacenter: Node.Datacenter, node: Node.Node }
  return `${JSON.stringify({ id, name, version, metadata, endpoints, status: 'up', owner: Node.Node, place, layout: 'kratos' })}\n`
}
